import { describe, expect, it } from "@jest/globals";
import { statementsOf } from "../support/synthesized";
import {
  ACCOUNT,
  type RoleName,
  ec2,
  iam,
  inlinePoliciesOf,
  managedPoliciesOf,
  may,
  parameter,
  stack,
} from "./support/bootstrap";

const BOUNDARY = { "iam:PermissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess" };

describe("bootstrap: what every role's policies have in common", () => {
  it("AWS's own policies are these two", () => {
    expect(managedPoliciesOf("plan")).toEqual(["ReadOnlyAccess"]);
    expect(managedPoliciesOf("bake")).toEqual([]);
    expect(managedPoliciesOf("deploy")).toEqual(["PowerUserAccess"]);
  });

  it("every other action is literal", () => {
    for (const { policy } of stack.all("aws_iam_role_policy")) {
      for (const { Action } of statementsOf(policy)) {
        for (const action of Action) expect(action).toMatch(/^[a-z0-9-]+:[A-Za-z0-9]+$/);
      }
    }
  });

  it("what is allowed on every resource is what AWS narrows no further", () => {
    const everywhere = stack
      .all("aws_iam_role_policy")
      .flatMap(({ policy }) => statementsOf(policy))
      .filter(({ Effect, Resource }) => Effect === "Allow" && Resource.includes("*"))
      .flatMap(({ Action }) => Action);
    expect([...new Set(everywhere)].sort()).toEqual([
      "autoscaling:DescribeAutoScalingGroups",
      "autoscaling:DescribeInstanceRefreshes",
      "autoscaling:DescribeScalingActivities",
      "ec2:DescribeImages",
      "ec2:DescribeInstances",
      "ec2:DescribeLaunchTemplateVersions",
      "ec2:DescribeLaunchTemplates",
      "ec2:DescribeRegions",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSnapshots",
      "ec2:DescribeSubnets",
      "ec2:DescribeVolumes",
      "ssmmessages:OpenDataChannel",
    ]);
  });

  it.each(["plan", "bake", "deploy"] as const)("the inline policies of %s fit into what IAM takes", (role) => {
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    expect(inlinePoliciesOf(role).join("").length).toBeLessThan(10_240);
  });
});

describe("bootstrap: image parameters", () => {
  it.each<[RoleName, string, boolean]>([
    ["plan", "/steadfast/dev/images/imagery", false],
    ["plan", "/steadfast/prod/images/imagery", false],
    ["bake", "/steadfast/dev/images/imagery", true],
    ["bake", "/steadfast/prod/images/imagery", false],
    ["bake", "/steadfast/dev/other", false],
    ["bake", "/steadfast/dev2/images/imagery", false],
    ["deploy", "/steadfast/dev/images/imagery", true],
    ["deploy", "/steadfast/prod/images/imagery", false],
    ["deploy", "/steadfast/dev2/images/imagery", false],
    ["deploy", "/other/images/imagery", false],
  ])("%s of dev may write %s: %j", (role, name, allowed) => {
    expect(may(role, { action: "ssm:PutParameter", resource: parameter(name) })).toBe(allowed);
    expect(may(role, { action: "ssm:LabelParameterVersion", resource: parameter(name) })).toBe(allowed);
  });

  it("are never deleted by who bakes, and by who deploys in its own environment alone", () => {
    const deletes = (role: RoleName, environment: string) =>
      may(role, { action: "ssm:DeleteParameter", resource: parameter(`/steadfast/${environment}/images/imagery`) });
    expect([deletes("bake", "dev"), deletes("deploy", "dev"), deletes("deploy", "prod")]).toEqual([false, true, false]);
  });

  it.each<RoleName>(["plan", "bake", "deploy"])("%s may list them, in all environments of the account", (role) => {
    expect(may(role, { action: "ssm:GetParametersByPath", resource: parameter("/steadfast") })).toBe(true);
    expect(
      may(role, { action: "ssm:GetParameterHistory", resource: parameter("/steadfast/prod/images/imagery") }),
    ).toBe(true);
  });
});

describe("bootstrap: plan", () => {
  it.each<[string, string]>([
    ["s3:GetObject", "arn:aws:s3:::state/dev/imagery.tfstate"],
    ["ssm:GetParameter", parameter("/steadfast/dev/images/imagery")],
    ["ssm:GetParameter", "arn:aws:ssm:eu-west-1::parameter/aws/service/ami-amazon-linux-latest/al2023"],
    ["ec2:DescribeInstances", "*"],
    ["s3:GetBucketPolicy", "arn:aws:s3:::anything"],
  ])("may %s %s", (action, resource) => {
    expect(may("plan", { action, resource })).toBe(true);
  });

  it.each<[string, string]>([
    ["s3:GetObject", "arn:aws:s3:::state/prod/imagery.tfstate"],
    ["s3:GetObjectVersion", "arn:aws:s3:::imagery-dev-images/upload/photo"],
    ["s3:PutObject", "arn:aws:s3:::state/dev/imagery.tfstate"],
    ["s3:PutObject", "arn:aws:s3:::state/dev/imagery.tfstate.tflock"],
    ["dynamodb:Query", `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/imagery-dev-processes`],
    ["sqs:ReceiveMessage", `arn:aws:sqs:eu-west-1:${ACCOUNT}:imagery-dev-work`],
    ["logs:GetLogEvents", `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:/imagery-dev-server:*`],
    ["ssm:GetParameter", parameter("/database/password")],
    ["ec2:GetConsoleOutput", ec2("instance/i-1")],
    ["secretsmanager:GetSecretValue", `arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:x`],
    ["ec2:TerminateInstances", ec2("instance/i-1")],
  ])("may not %s %s", (action, resource) => {
    expect(may("plan", { action, resource })).toBe(false);
  });
});

describe("bootstrap: deploy", () => {
  it.each<[string, string, Readonly<Record<string, string>>]>([
    ["iam:CreateRole", iam("role/imagery-dev-server-1"), BOUNDARY],
    ["iam:PutRolePolicy", iam("role/imagery-dev-server-1"), BOUNDARY],
    ["iam:DeleteRole", iam("role/imagery-dev-server-1"), {}],
    ["iam:CreateInstanceProfile", iam("instance-profile/imagery-dev-server-1"), {}],
    ["iam:PassRole", iam("role/imagery-dev-server-1"), { "iam:PassedToService": "ec2.amazonaws.com" }],
    ["iam:PassRole", iam("role/imagery-dev-vpc-1"), { "iam:PassedToService": "vpc-flow-logs.amazonaws.com" }],
    ["iam:PassRole", iam("role/jenkins-dev-snapshots-1"), { "iam:PassedToService": "dlm.amazonaws.com" }],
    ["autoscaling:UpdateAutoScalingGroup", "*", {}],
    ["s3:PutObject", "arn:aws:s3:::state/dev/imagery.tfstate", {}],
    ["s3:DeleteObject", "arn:aws:s3:::state/dev/imagery.tfstate.tflock", {}],
  ])("may %s %s given %j", (action, resource, context) => {
    expect(may("deploy", { action, resource, context })).toBe(true);
  });

  it.each<[string, string, Readonly<Record<string, string>>]>([
    // More rights for a role of its own making
    ["iam:CreateRole", iam("role/imagery-dev-server-1"), {}],
    [
      "iam:CreateRole",
      iam("role/x-dev-y"),
      { "iam:PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess" },
    ],
    ["iam:PutRolePolicy", iam("role/imagery-dev-server-1"), {}],
    ["iam:AttachRolePolicy", iam("role/imagery-dev-server-1"), {}],
    ["iam:DeleteRolePermissionsBoundary", iam("role/imagery-dev-server-1"), BOUNDARY],
    // Somebody else's role
    ["iam:PutRolePolicy", iam("role/imagery-prod-server-1"), BOUNDARY],
    ["iam:PassRole", iam("role/imagery-prod-server-1"), { "iam:PassedToService": "ec2.amazonaws.com" }],
    ["iam:PassRole", iam("role/imagery-dev-server-1"), { "iam:PassedToService": "lambda.amazonaws.com" }],
    ["sts:AssumeRole", iam("role/administrator"), {}],
    // Who may deploy
    ["iam:UpdateAssumeRolePolicy", iam("role/bootstrap-dev-deploy-1"), BOUNDARY],
    ["iam:PutRolePolicy", iam("role/bootstrap-dev-deploy-1"), BOUNDARY],
    ["iam:DeleteRolePolicy", iam("role/bootstrap-dev-deploy-1"), {}],
    ["iam:PassRole", iam("role/bootstrap-dev-bake-1"), { "iam:PassedToService": "ec2.amazonaws.com" }],
    ["iam:CreateOpenIDConnectProvider", iam("oidc-provider/example.com"), {}],
    ["iam:CreateUser", iam("user/x-dev-y"), {}],
    // Terraform's state
    ["s3:PutBucketPolicy", "arn:aws:s3:::state", {}],
    ["s3:DeleteBucket", "arn:aws:s3:::state", {}],
    ["s3:DeleteObjectVersion", "arn:aws:s3:::state/dev/imagery.tfstate", {}],
    ["s3:PutObject", "arn:aws:s3:::state/dev/bootstrap.tfstate", {}],
  ])("may not %s %s given %j", (action, resource, context) => {
    expect(may("deploy", { action, resource, context })).toBe(false);
  });
});
