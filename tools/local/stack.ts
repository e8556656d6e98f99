import type { IssuedCredentials } from "./gateway/credentials";
import type { Fleet } from "./fleet/fleet";
import type { Gateway } from "./gateway/gateway";
import type { RolePolicies } from "./gateway/iam";
import { type LocalStackOptions, UsageError } from "./options";
import { RunningParts, useLocalAddresses } from "./parts";
import {
  type FleetPlan,
  type Folders,
  type LocalImage,
  planFleets,
  planLoadBalancers,
  projectFolders,
  readPolicies,
} from "./plan";
import type { SynthesizedStack } from "./terraform/synthesized";
import type { Value } from "./terraform/value";

/** Why a stack cannot run on this machine; undefined when it can. */
export function whyNotRunnable(stack: SynthesizedStack, folders: Folders = projectFolders): string | undefined {
  useLocalAddresses(stack, "http://127.0.0.1:1", new Map());
  try {
    planFleets(stack, folders);
    planLoadBalancers(stack);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A stack that runs on this machine. */
export class LocalStack {
  /** The operator's credentials: the gateway permits them everything */
  readonly operator: IssuedCredentials;

  private constructor(
    /** The stack, with the addresses that hold on this machine */
    readonly stack: SynthesizedStack,
    /** The AWS API of this machine: faults, denied and used accesses */
    readonly gateway: Gateway,
    /** The fleets, by their names in the stack */
    readonly fleets: ReadonlyMap<string, Fleet>,
    private readonly parts: RunningParts,
  ) {
    this.operator = gateway.credentials.issue({ name: "operator", role: undefined, session: "operator" });
  }

  /**
   * Starts the emulators, the gateway, the load balancers and the fleets, and waits until every fleet is in service.
   * @throws UsageError when the port is taken or a capacity is not possible; nothing is started then
   */
  static async start(options: LocalStackOptions): Promise<LocalStack> {
    const { stack, log = () => undefined, port = 0, folders = projectFolders, timeFactor = 1 } = options;
    if (!(timeFactor > 0)) throw new UsageError(`the time factor must be above 0, got ${timeFactor}`);
    const reason = whyNotRunnable(stack, folders);
    if (reason !== undefined) throw new UsageError(`stack "${stack.name}" cannot run on this machine: ${reason}`);
    checkCapacity(planFleets(stack, folders), options.capacity ?? {});

    const parts = new RunningParts();
    options.signal?.addEventListener("abort", () => void parts.stopFleets());
    try {
      await parts.startLoadBalancers(stack, port, log);
      await options.prepare?.();
      options.signal?.throwIfAborted();
      const gateway = await parts.startGateway(options, log);
      options.signal?.throwIfAborted();
      const fleets = parts.startFleets(options, gateway, folders, log);
      await Promise.all([...fleets.values()].map((fleet) => fleet.settled(120_000)));
      for (const fault of options.faults ?? []) gateway.faults.add(fault);
      return new LocalStack(stack, gateway, fleets, parts);
    } catch (error) {
      await parts.stop();
      throw error;
    }
  }

  /** Where the first load balancer is, "http://localhost:8080"; undefined when the stack has none */
  get url(): string | undefined {
    const [balancer] = this.parts.balancers.values();
    return balancer === undefined ? undefined : `http://localhost:${balancer.port}`;
  }

  /** What an AWS SDK client needs to talk to this stack with the operator's rights. */
  get clientConfig(): {
    region: string;
    endpoint: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
  } {
    const { accessKeyId, secretAccessKey } = this.operator;
    return { region: this.stack.region, endpoint: this.gateway.url, credentials: { accessKeyId, secretAccessKey } };
  }

  /** The environment variables with which the AWS CLI and the SDKs do the same. */
  get operatorEnvironment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.gateway.url,
      AWS_REGION: this.stack.region,
      AWS_ACCESS_KEY_ID: this.operator.accessKeyId,
      AWS_SECRET_ACCESS_KEY: this.operator.secretAccessKey,
    };
  }

  /** A fleet, by its name in the stack. @throws Error naming the fleets that there are */
  fleet(name: string): Fleet {
    const fleet = this.fleets.get(name);
    if (fleet === undefined)
      throw new Error(`there is no fleet "${name}" (there are: ${[...this.fleets.keys()].join(", ")})`);
    return fleet;
  }

  /**
   * Refreshes every fleet that launches from another image, as Terraform does when the image of its launch template changes.
   * @throws Error named InstanceRefreshInProgress while one of them is being refreshed; no refresh is started then
   */
  startRefresh(image: LocalImage): void {
    const plans = planFleets(this.stack, image).filter(({ name }) => this.fleet(name).image !== image.name);
    for (const { name } of plans) this.fleet(name).mustNotBeRefreshing();
    for (const { name, launch } of plans) this.fleet(name).startRefresh({ image: image.name, launch });
  }

  /** The value of one of the stack's outputs. */
  output(name: string): Value {
    const value = this.stack.outputs[name];
    if (value === undefined) throw new Error(`the stack has no output "${name}"`);
    return this.stack.evaluate(value, `output.${name}`);
  }

  /** What the roles may do according to another version of the same stack. */
  policiesOf(stack: SynthesizedStack): Map<string, RolePolicies> {
    useLocalAddresses(stack, this.gateway.url, this.parts.balancers);
    return readPolicies(stack);
  }

  /** Stops the services as their units say, and then everything else. Nothing is left. */
  async stop(): Promise<void> {
    await this.parts.stop();
  }
}

function checkCapacity(plans: readonly FleetPlan[], wanted: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(wanted)) {
    const plan = plans.find((fleet) => fleet.name === name);
    if (plan === undefined) {
      throw new UsageError(`there is no fleet "${name}" (there are: ${plans.map((fleet) => fleet.name).join(", ")})`);
    }
    const { min, max } = plan.capacity;
    if (!Number.isInteger(count) || count < min || count > max) {
      throw new UsageError(`the capacity of "${name}" must be a whole number from ${min} to ${max}, got ${count}`);
    }
  }
}
