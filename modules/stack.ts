import { resolve } from "node:path";
import { DataAwsCallerIdentity } from "@cdktf/provider-aws/lib/data-aws-caller-identity";
import { DataAwsPartition } from "@cdktf/provider-aws/lib/data-aws-partition";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { LocalBackend, S3Backend, TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { Environment } from "../environments/environment";

export interface StackProps {
  /** Validated settings of the environment that the stack is deployed to. */
  readonly environment: Environment;
}

/**
 * One architecture with its own Terraform state: provider, default tags, state backend, names and outputs.
 * The id is the architecture's name, the one that `cdktf deploy` takes.
 */
export class Stack extends TerraformStack {
  readonly environment: Environment;
  /** Begins the name of every resource that has a literal one: `<stack>-<environment>`. */
  readonly prefix: string;
  /** Carried by every resource of the stack. */
  readonly tags: Readonly<Record<string, string>>;
  readonly #callerIdentity: DataAwsCallerIdentity;
  readonly #partition: DataAwsPartition;

  constructor(scope: Construct, id: string, { environment }: StackProps) {
    super(scope, id);
    this.environment = environment;
    this.prefix = `${id}-${environment.name}`;
    this.tags = { Project: "steadfast", Environment: environment.name, Stack: id, ManagedBy: "cdktf" };
    new AwsProvider(this, "aws", {
      region: environment.region,
      defaultTags: [{ tags: { ...this.tags } }],
    });
    this.#callerIdentity = new DataAwsCallerIdentity(this, "caller-identity");
    this.#partition = new DataAwsPartition(this, "partition");
    this.#keepState(id);
  }

  /** The stack of a construct. */
  static override of(construct: Construct): Stack {
    const stack = TerraformStack.of(construct);
    if (stack instanceof Stack) return stack;
    throw new Error(`${construct.node.path}: must be inside a Stack of modules/stack.ts, is inside ${stack.node.path}`);
  }

  /** Number of the account being deployed to, as a token. */
  get accountId(): string {
    return this.#callerIdentity.accountId;
  }

  get region(): string {
    return this.environment.region;
  }

  /** ARN in this stack's partition, region and account. */
  arn(service: string, resource: string): string {
    return `arn:${this.#partition.partition}:${service}:${this.region}:${this.accountId}:${resource}`;
  }

  /** ARN in this stack's partition and account, of a service that knows no regions. */
  globalArn(service: string, resource: string): string {
    return `arn:${this.#partition.partition}:${service}::${this.accountId}:${resource}`;
  }

  /** ARN of a regional thing that names no account: machine images, snapshots, and AWS's own SSM documents and parameters. */
  publicArn(service: string, resource: string): string {
    return `arn:${this.#partition.partition}:${service}:${this.region}::${resource}`;
  }

  /**
   * ARN of a policy that AWS keeps, such as `PowerUserAccess`
   * (https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html).
   */
  managedPolicyArn(name: string): string {
    return `arn:${this.#partition.partition}:iam::aws:policy/${name}`;
  }

  /** Action of an alarm that moves its machine to another host. */
  get recoverAction(): string {
    return `arn:${this.#partition.partition}:automate:${this.region}:ec2:recover`;
  }

  /** A value that the user sees after a deployment. */
  output(id: string, value: string, description: string): void {
    new TerraformOutput(this, id, { value, description, staticId: true });
  }

  #keepState(id: string): void {
    const { stateBucket, name, region } = this.environment;
    if (stateBucket === undefined) {
      new LocalBackend(this, { path: resolve(`terraform.${id}.${name}.tfstate`) });
      return;
    }
    new S3Backend(this, { bucket: stateBucket, key: `${name}/${id}.tfstate`, region, encrypt: true });
    // S3's own locking (Terraform 1.10 and later): no DynamoDB table. cdktf 0.21 has no prop for it.
    this.addOverride("terraform.backend.s3.use_lockfile", true);
  }
}

/** Literal name of a construct's AWS resource: stack, environment and the construct's ids below the stack. */
export function nameOf(construct: Construct): string {
  const stack = Stack.of(construct);
  const ids = construct.node.scopes.slice(stack.node.scopes.length).map((scope) => scope.node.id);
  return [stack.prefix, ...ids].join("-");
}
