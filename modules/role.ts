import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Lazy, dependable, type ITerraformDependable, type TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { policyDocument, type PolicyStatement } from "./policy";
import { nameOf } from "./stack";
import { rule, validate } from "./validation";

export interface RoleProps {
  /** Service that may take the role, such as `ec2.amazonaws.com`. */
  readonly service: string;
  /** What the role is for, as IAM's console shows it. */
  readonly description: string;
}

/** What can be granted permissions: it has a role. */
export interface Grantee {
  readonly role: Role;
}

/**
 * An IAM role for a service. It begins with no permission; each resource granted to it becomes one inline policy,
 * so that a plan shows a new permission as one small new resource.
 */
export class Role extends Construct {
  readonly resource: IamRole;
  readonly #policies: IamRolePolicy[] = [];
  readonly #dependents: TerraformResource[] = [];
  readonly #statements = new Map<string, PolicyStatement[]>();

  constructor(scope: Construct, id: string, { service, description }: RoleProps) {
    super(scope, id);
    this.resource = new IamRole(this, "role", {
      namePrefix: `${nameOf(scope)}-`.slice(0, 38),
      description,
      assumeRolePolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service } }],
      }),
    });
  }

  /** Has a resource wait for every policy of the role, those to come as well: what starts earlier is denied its first calls. */
  requireBefore(dependent: TerraformResource): void {
    this.#dependents.push(dependent);
    for (const policy of this.#policies) addDependency(dependent, policy);
  }

  /**
   * Adds a statement to the inline policy `id`, made on first use.
   * @throws Error for an action that is not literal, or a statement without actions
   */
  allow(id: string, statement: PolicyStatement): void {
    const isLiteral = (action: string) => /^[a-z0-9-]+:[A-Za-z0-9]+$/.test(action);
    validate(this, [
      rule("actions", statement.actions, (actions) => actions.length > 0, "at least one IAM action"),
      ...statement.actions.map((action) =>
        rule("actions", action, isLiteral, "a literal IAM action such as sqs:SendMessage"),
      ),
    ]);
    this.addStatement(id, statement);
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
