import { Testing } from "cdktf";
import { Bootstrap } from "../../../stacks/bootstrap";
import { isAllowed, type Request, type Statement } from "../../modules/support/iam";
import { Synthesized, statementsOf, testEnvironment } from "../../support/synthesized";

export const ACCOUNT = "000000000000";
export const REPOSITORY = "octo-org/octo-repo";
export const github = { repository: REPOSITORY } as const;

type Settings = NonNullable<Parameters<typeof testEnvironment>[0]>;
export type RoleName = "plan" | "bake" | "deploy";

/** The stack bootstrap of an environment "dev" with these settings. */
export const synthesize = (settings: Settings = {}) =>
  new Synthesized(
    new Bootstrap(Testing.app(), "bootstrap", { environment: testEnvironment({ name: "dev", github, ...settings }) }),
  );

/** The stack bootstrap of an environment "dev" that trusts one repository. */
export const stack = synthesize();

/** What AWS's own policies allow of what the tests ask; the whole is in AWS's reference of managed policies. */
const MANAGED: Readonly<Record<string, Statement>> = {
  ReadOnlyAccess: {
    Effect: "Allow",
    Action: [
      "s3:Get*",
      "ssm:Get*",
      "dynamodb:Query",
      "logs:Get*",
      "sqs:Receive*",
      "ec2:Describe*",
      "ec2:Get*",
      "iam:Get*",
    ],
    Resource: ["*"],
  },
  PowerUserAccess: { Effect: "Allow", NotAction: ["iam:*", "organizations:*", "account:*"], Resource: ["*"] },
};

/** A text of the stack with the values that Terraform would put in. */
function resolved(text: string): string {
  return text
    .replaceAll("${data.aws_partition.partition.partition}", "aws")
    .replaceAll("${data.aws_caller_identity.caller-identity.account_id}", ACCOUNT)
    .replace(/\$\{aws_s3_bucket\.state_bucket_\w+\.arn\}/g, "arn:aws:s3:::state")
    .replaceAll("$${", "${");
}

/** Names of AWS's policies that a role has. */
export function managedPoliciesOf(role: RoleName): string[] {
  return stack
    .all("aws_iam_role_policy_attachment", role)
    .map(({ policy_arn }) => resolved(String(policy_arn)).replace("arn:aws:iam::aws:policy/", ""));
}

/** Text of each inline policy of a role. */
export function inlinePoliciesOf(role: RoleName): string[] {
  return stack.all("aws_iam_role_policy", role).map(({ policy }) => resolved(String(policy)));
}

/** All statements of a role. */
function statements(role: RoleName): Statement[] {
  const managed = managedPoliciesOf(role).flatMap((name) => MANAGED[name] ?? []);
  return [...managed, ...inlinePoliciesOf(role).flatMap((policy) => statementsOf(policy) as Statement[])];
}

/** Whether IAM would let a role's request pass. */
export const may = (role: RoleName, request: Request) => isAllowed(statements(role), request);

export const ec2 = (resource: string) => `arn:aws:ec2:eu-west-1:${ACCOUNT}:${resource}`;
export const iam = (resource: string) => `arn:aws:iam::${ACCOUNT}:${resource}`;
export const parameter = (name: string) => `arn:aws:ssm:eu-west-1:${ACCOUNT}:parameter${name}`;
