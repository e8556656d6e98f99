import { type LocalAddresses, localAccountId, localAttributes, localDataSources } from "./attributes";
import type { IssuedCredentials } from "./credentials";
import { type Emulators, notEmulated, startEmulators } from "./emulators";
import type { Fault } from "./faults";
import { Fleet } from "./fleet";
import { Gateway } from "./gateway";
import type { RolePolicies } from "./iam";
import { LoadBalancer } from "./load-balancer";
import type { Log } from "./log";
import {
  type FleetPlan,
  type Folders,
  notRun,
  planFleets,
  planLoadBalancers,
  projectFolders,
  readPolicies,
} from "./plan";
import { Reaper } from "./reaper";
import { services } from "./requests";
import { suggestGrant } from "./suggestion";
import type { SynthesizedStack } from "./synthesized";
import { TargetGroup, healthCheckOf } from "./target-group";
import type { Value } from "./value";

/** A mistake of the one who asked for something; nothing was started. */
export class UsageError extends Error {}

export interface LocalStackOptions {
  /** The synthesized stack */
  readonly stack: SynthesizedStack;
  /** The port of the load balancer; 0 for a free one @default 0 */
  readonly port?: number;
  /** How many instances a fleet starts with, by its name @default what the stack says */
  readonly capacity?: Readonly<Record<string, number>>;
  /** More environment variables for a fleet's processes, by its name @default none */
  readonly environment?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Takes a line per step and per event @default nothing is said */
  readonly log?: Log;
  /** Called when the request turned out to be possible, before services start: the place to build them @default nothing */
  readonly prepare?: () => Promise<void>;
  /** Ends the start, and stops what has been started so far @default it cannot be ended */
  readonly signal?: AbortSignal;
  /** Where the units and the built applications are @default this project's */
  readonly folders?: Folders;
  /** Faults that are in force once every fleet is in service @default none */
  readonly faults?: readonly Fault[];
  /** Seed of the faults' random numbers @default 1 */
  readonly seed?: number;
}

/** Why a stack cannot run on this machine; undefined when it can. */
export function whyNotRunnable(stack: SynthesizedStack, folders: Folders = projectFolders): string | undefined {
  answer(stack, "http://127.0.0.1:1", new Map());
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
    const { stack, log = () => undefined, port = 0, folders = projectFolders } = options;
    const reason = whyNotRunnable(stack, folders);
    if (reason !== undefined) throw new UsageError(`stack "${stack.name}" cannot run on this machine: ${reason}`);
    checkCapacity(planFleets(stack, folders), options.capacity ?? {});

    const parts = new RunningParts();
    options.signal?.addEventListener("abort", () => void parts.stop());
    try {
      const balancers = await startLoadBalancers(stack, port, parts, log);
      await options.prepare?.();
      options.signal?.throwIfAborted();
      const gateway = await startGateway(options, balancers, parts, log);
      options.signal?.throwIfAborted();
      const fleets = startFleets(options, gateway, parts, folders, log);
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

  /** The value of one of the stack's outputs. */
  output(name: string): Value {
    const value = this.stack.outputs[name];
    if (value === undefined) throw new Error(`the stack has no output "${name}"`);
    return this.stack.evaluate(value, `output.${name}`);
  }

  /** What the roles may do according to another version of the same stack. */
  policiesOf(stack: SynthesizedStack): Map<string, RolePolicies> {
    answer(stack, this.gateway.url, this.parts.balancers);
    return readPolicies(stack);
  }

  /** Stops the services as their units say, and then everything else. Nothing is left. */
  async stop(): Promise<void> {
    await this.parts.stop();
  }
}

/** What has been started so far, so that it can be stopped in order wherever a start ends. */
class RunningParts {
  readonly reaper = new Reaper();
  readonly balancers = new Map<string, LoadBalancer>();
  readonly targetGroups = new Map<string, TargetGroup>();
  readonly fleets: Fleet[] = [];
  gateway: Gateway | undefined;
  emulators: Emulators | undefined;
  private stopping: Promise<void> | undefined;

  /** Stops everything, once however often it is called. */
  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    for (const group of this.targetGroups.values()) group.close();
    await Promise.all(this.fleets.map((fleet) => fleet.stop()));
    await Promise.all([...this.balancers.values()].map((balancer) => balancer.close()));
    await this.gateway?.close();
    await this.emulators?.close();
    await this.reaper.close();
  }
}

function answer(stack: SynthesizedStack, endpoint: string, balancers: ReadonlyMap<string, LoadBalancer>): void {
  const place = { region: stack.region, accountId: localAccountId };
  const addresses: LocalAddresses = {
    ...place,
    endpoint,
    loadBalancer: ({ address }) => `localhost:${balancers.get(address)?.port ?? 0}`,
  };
  stack.answerWith(localAttributes(addresses), localDataSources(place));
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

/** The first load balancer gets the port that was asked for, others a free one. */
async function startLoadBalancers(
  stack: SynthesizedStack,
  port: number,
  parts: RunningParts,
  log: Log,
): Promise<Map<string, LoadBalancer>> {
  for (const { resource, targetGroup } of planLoadBalancers(stack)) {
    const targets = new TargetGroup(
      healthCheckOf(targetGroup),
      targetGroup.number("deregistration_delay", 300) * 1000,
      (id, state) => {
        if (state !== "draining") log(`${resource.id}: ${id.slice(0, 6)} is ${state}`);
      },
    );
    const balancer = new LoadBalancer(targets);
    const wanted = parts.balancers.size === 0 ? port : 0;
    try {
      await balancer.listen(wanted);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      throw new UsageError(`port ${wanted} is taken by another program: choose another one with --port`, {
        cause: error,
      });
    }
    parts.targetGroups.set(targetGroup.address, targets);
    parts.balancers.set(resource.address, balancer);
  }
  return parts.balancers;
}

async function startGateway(
  { stack, seed }: LocalStackOptions,
  balancers: ReadonlyMap<string, LoadBalancer>,
  parts: RunningParts,
  log: Log,
): Promise<Gateway> {
  const gateway = new Gateway({
    place: { region: stack.region, accountId: localAccountId },
    suggest: (caller, access) => suggestGrant(stack, caller, access),
    log,
    seed,
  });
  parts.gateway = gateway;
  answer(stack, await gateway.listen(), balancers);
  parts.emulators = await startEmulators(stack);
  gateway.forwardTo(parts.emulators.endpoints, parts.emulators.queueUrls);
  const policies = readPolicies(stack);
  gateway.setPolicies(policies);
  log("emulators: DynamoDB, S3 and SQS are up, behind a gateway that enforces the roles' policies");
  for (const [role, rules] of policies) {
    for (const line of rules.unsupported(services)) log(`policies: ${role}: ${line}`);
  }
  log(`not run here: ${notRun(stack).join(", ")}`);
  const partial = notEmulated(stack);
  if (partial.length > 0) log(`without effect here: ${partial.join("; ")}`);
  return gateway;
}

function startFleets(
  { stack, capacity = {}, environment = {} }: LocalStackOptions,
  gateway: Gateway,
  parts: RunningParts,
  folders: Folders,
  log: Log,
): Map<string, Fleet> {
  const fleets = planFleets(stack, folders).map((plan) => {
    const targetGroups = plan.targetGroups.flatMap(({ address }) => parts.targetGroups.get(address) ?? []);
    const fleet = new Fleet({
      ...plan,
      capacity: { ...plan.capacity, desired: capacity[plan.name] ?? plan.capacity.desired },
      zones: Array.from({ length: plan.zoneCount }, (_, index) => `zone ${"abcdef".charAt(index % 6)}`),
      targetGroups,
      overridesFor: (session) => {
        const credentials = gateway.credentials.issue({ name: plan.name, role: plan.role, session });
        return { ...awsEnvironment(gateway.url, stack.region, credentials), ...environment[plan.name] };
      },
      reaper: parts.reaper,
      log: (line) => {
        log(`${plan.name}: ${line}`);
      },
    });
    parts.fleets.push(fleet);
    fleet.start();
    return fleet;
  });
  return new Map(fleets.map((fleet) => [fleet.name, fleet]));
}

/** What the AWS SDK in a service reads: here the gateway and the instance's credentials take the place of AWS. */
function awsEnvironment(endpoint: string, region: string, credentials: IssuedCredentials): Record<string, string> {
  return {
    AWS_REGION: region,
    // Every service, also one that does not run here: a call must never leave this machine.
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ENDPOINT_URL_SQS: endpoint,
    AWS_EC2_METADATA_DISABLED: "true",
    // The images have their own version of Node; the SDK's opinion of this machine's is of no use in the services' output.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken !== undefined && { AWS_SESSION_TOKEN: credentials.sessionToken }),
  };
}
