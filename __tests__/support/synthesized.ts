import { Testing } from "cdktf";
import { parseEnvironment, type Environment, type EnvironmentSettings } from "../../environments";
import { Stack } from "../../modules/stack";

type Properties = Record<string, unknown>;

/** The settings that a test does not care about. */
const SETTINGS: EnvironmentSettings = {
  name: "test",
  region: "eu-west-1",
  egress: "public-ip",
  protectData: false,
  alarms: "nobody",
};

export function testEnvironment(settings: Partial<EnvironmentSettings> = {}): Environment {
  return parseEnvironment({ ...SETTINGS, ...settings });
}

/** A synthesized stack, to be asked for facts. */
export class Synthesized {
  readonly json: {
    readonly resource: Record<string, Record<string, Properties>>;
    readonly data: Record<string, Record<string, Properties>>;
    readonly locals: Record<string, string>;
    readonly output: Record<string, { value: string }>;
    readonly terraform: { backend: Record<string, Properties> };
    readonly provider: { aws: Properties[] };
  };

  constructor(stack: Stack) {
    this.json = JSON.parse(Testing.synth(stack)) as Synthesized["json"];
  }

  /** Every resource of a type, by its Terraform name. */
  resources(type: string): Record<string, Properties> {
    return this.json.resource[type] ?? {};
  }

  /** The resources of a type whose name begins with a prefix. */
  all(type: string, prefix = ""): Properties[] {
    return Object.entries(this.resources(type))
      .filter(([name]) => name.startsWith(prefix))
      .map(([, properties]) => properties);
  }

  /** The only resource of a type whose name begins with a prefix. */
  one(type: string, prefix = ""): Properties {
    const [found, ...others] = this.all(type, prefix);
    if (!found || others.length > 0) {
      throw new Error(
        `${others.length + (found ? 1 : 0)} of ${type} ${prefix}* among ${Object.keys(this.resources(type)).join(", ")}`,
      );
    }
    return found;
  }

  /** `type.name` of every resource of the given types. */
  addresses(types: readonly string[]): string[] {
    return types.flatMap((type) => Object.keys(this.resources(type)).map((name) => `${type}.${name}`));
  }

  /** The statements of a role's inline policies, by the policy's name. */
  policiesOf(role: string): Record<string, PolicyStatement[]> {
    const policies = this.all("aws_iam_role_policy", role);
    return Object.fromEntries(policies.map(({ name, policy }) => [String(name), statementsOf(policy)]));
  }
}

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string[];
  readonly Resource: string[];
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

export function statementsOf(policy: unknown): PolicyStatement[] {
  return (JSON.parse(String(policy)) as { Statement: PolicyStatement[] }).Statement;
}

/** A stack "example" in environment "test" with what a callback puts into it. */
export function stackOf(fill: (stack: Stack) => void, settings: Partial<EnvironmentSettings> = {}): Stack {
  const stack = new Stack(Testing.app(), "example", { environment: testEnvironment(settings) });
  fill(stack);
  return stack;
}

export function synthesize(fill: (stack: Stack) => void, settings: Partial<EnvironmentSettings> = {}): Synthesized {
  return new Synthesized(stackOf(fill, settings));
}
