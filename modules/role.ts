import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { Lazy, dependable, type ITerraformDependable, type TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { policyDocument, type PolicyStatement } from "./policy";
import { Stack, nameOf } from "./stack";
import { isIntegerBetween, rule, validate } from "./validation";

/** A role that an AWS service takes. */
export interface ServiceRoleProps {
  /** Service that may take the role, such as `ec2.amazonaws.com`. */
  readonly service: string;
  /** What the role is for, as IAM's console shows it. */
  readonly description: string;
}

/** A role that is taken with a token of an OpenID Connect provider. */
export interface WebIdentityRoleProps {
  readonly webIdentity: WebIdentity;
  /** What the role is for, as IAM's console shows it. */
  readonly description: string;
  /** Longest session, in hours. Default: 1, which is AWS's. */
  readonly sessionHours?: number;
}

export type RoleProps = ServiceRoleProps | WebIdentityRoleProps;

/** Whose tokens a role accepts. */
export interface WebIdentity {
  /** ARN of the IAM OIDC provider. */
  readonly provider: string;
  /** Host of the issuer; in conditions it stands before the name of a claim. */
  readonly issuer: string;
  /** Exact value of the claim `aud`. */
  readonly audience: string;
  /** Exact values of the claim `sub`, one of which the token has to carry. */
  readonly subjects: readonly string[];
}

/**
 * Upper bound of what a service's role may ever do, whatever its policies say: no IAM, no organization. With it, somebody
 * who may only make roles that carry it cannot make one that is mightier than a power user.
 */
export const SERVICE_ROLE_BOUNDARY = "PowerUserAccess";

/** What can be granted permissions: it has a role. */
export interface Grantee {
  readonly role: Role;
}

/**
 * An IAM role for a service or a web identity. It begins with no permission; each resource granted to it becomes one inline
 * policy, so that a plan shows a new permission as one small new resource.
 */
export class Role extends Construct {
  readonly resource: IamRole;
  readonly #policies: IamRolePolicy[] = [];
  readonly #dependents: TerraformResource[] = [];
  readonly #statements = new Map<string, PolicyStatement[]>();

  /** @throws Error for a web identity without subjects or with a wildcard in one, or a session that AWS does not offer */
  constructor(scope: Construct, id: string, props: RoleProps) {
    super(scope, id);
    // Named after what it belongs to; one that belongs to the stack itself has only its own name.
    const namePrefix = `${nameOf(scope === Stack.of(this) ? this : scope)}-`.slice(0, 38);
    const { description } = props;
    if ("service" in props) {
      this.resource = new IamRole(this, "role", {
        namePrefix,
        description,
        assumeRolePolicy: trust({ Action: "sts:AssumeRole", Principal: { Service: props.service } }),
        permissionsBoundary: Stack.of(this).managedPolicyArn(SERVICE_ROLE_BOUNDARY),
      });
      return;
    }
    const { webIdentity, sessionHours = 1 } = props;
    const { provider, issuer, audience, subjects } = webIdentity;
    const isExact = (subject: string) => /^[^*?]+$/.test(subject);
    validate(this, [
      rule("subjects", subjects, (values) => values.length > 0, "at least one subject"),
      ...subjects.map((subject) => rule("subjects", subject, isExact, "an exact subject, without wildcards")),
      rule("sessionHours", sessionHours, isIntegerBetween(1, 12), "1 to 12 hours"),
    ]);
    this.resource = new IamRole(this, "role", {
      namePrefix,
      description,
      assumeRolePolicy: trust({
        Action: "sts:AssumeRoleWithWebIdentity",
        Principal: { Federated: provider },
        // Never StringLike: a wildcard lets in another repository, or a branch that anybody may push.
        Condition: { StringEquals: { [`${issuer}:aud`]: audience, [`${issuer}:sub`]: subjects } },
      }),
      maxSessionDuration: sessionHours * 3600,
    });
  }

  /** Has a resource wait for every policy of the role, those to come as well: what starts earlier is denied its first calls. */
  requireBefore(dependent: TerraformResource): void {
    this.#dependents.push(dependent);
    for (const policy of this.#policies) addDependency(dependent, policy);
  }

  /**
   * Adds statements to the inline policy `id`, made on first use.
   * @throws Error for an action that is not literal, or a statement without actions
   */
  allow(id: string, ...statements: readonly PolicyStatement[]): void {
    const isLiteral = (action: string) => /^[a-z0-9-]+:[A-Za-z0-9]+$/.test(action);
    for (const { actions } of statements) {
      validate(this, [
        rule("actions", actions, ({ length }) => length > 0, "at least one IAM action"),
        ...actions.map((action) => rule("actions", action, isLiteral, "a literal IAM action such as sqs:SendMessage")),
      ]);
    }
    for (const statement of statements) this.addStatement(id, statement);
  }

  /**
   * Refuses what other policies of the role, those that AWS keeps above all, would allow.
   * @throws Error for an action that is not literal, or a statement without actions
   */
  deny(id: string, ...statements: readonly PolicyStatement[]): void {
    this.allow(id, ...statements.map((statement) => ({ ...statement, effect: "Deny" as const })));
  }

  /**
   * Attaches a policy that AWS keeps, for what is too wide to be listed: reading everything, for example. It comes after the
   * role's own policies and goes before them, so that what they deny is never allowed in between.
   */
  attachManagedPolicy(name: string): void {
    const attachment = new IamRolePolicyAttachment(this, name, {
      role: this.resource.name,
      policyArn: Stack.of(this).managedPolicyArn(name),
    });
    this.requireBefore(attachment);
  }

  /** Session Manager instead of SSH: the one place where AWS asks for wildcards. */
  allowSessionManager(): void {
    this.addStatement("session-manager", {
      actions: ["ssmmessages:*", "ssm:UpdateInstanceInformation", "ec2messages:*"],
      resources: ["*"],
    });
  }

  private addStatement(id: string, statement: PolicyStatement): void {
    const present = this.#statements.get(id);
    if (present) {
      present.push(statement);
      return;
    }
    const statements = [statement];
    this.#statements.set(id, statements);
    const policy = new IamRolePolicy(this, id, {
      name: id,
      role: this.resource.id,
      policy: Lazy.stringValue({ produce: () => policyDocument(statements) }),
    });
    this.#policies.push(policy);
    for (const dependent of this.#dependents) addDependency(dependent, policy);
  }
}

function trust(statement: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
}

function addDependency(dependent: TerraformResource, dependency: ITerraformDependable): void {
  dependent.dependsOn = [...(dependent.dependsOn ?? []), dependable(dependency)];
}

/**
 * Allows literal actions of one service on a resource.
 * @param resource its path below the grantee's stack names the policy
 * @throws Error for an action of another service
 */
export function grant(
  resource: Construct,
  grantee: Grantee,
  service: string,
  actions: readonly string[],
  arns: readonly string[],
): void {
  validate(
    resource,
    actions.map((action) =>
      rule(
        "actions",
        action,
        (name) => name.startsWith(`${service}:`),
        `an action of ${service}, such as ${service}:…`,
      ),
    ),
  );
  grantee.role.allow(resource.node.id, { actions, resources: arns });
}
