import type { IssuedCredentials } from "./gateway/credentials";
import type { Emulators } from "./emulators/emulators";
import type { Fleet } from "./fleet/fleet";
import type { Gateway } from "./gateway/gateway";
import type { RolePolicies } from "./gateway/iam";
import type { Log } from "./log";
import { type Monitor, snapshotOf } from "./monitor";
import { type ObjectContent, type StoredObject, StoredObjects } from "./objects";
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
import type { Scaling } from "./scaling/scaling";
import type { StackSnapshot } from "./snapshot";
import type { Resource, SynthesizedStack } from "./terraform/synthesized";
import { type Value, asString } from "./terraform/value";

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
  private readonly objects: StoredObjects;

  private constructor(
    /** The stack, with the addresses that hold on this machine */
    readonly stack: SynthesizedStack,
    /** The AWS API of this machine: faults, denied and used accesses */
    readonly gateway: Gateway,
    /** The fleets, by their names in the stack */
    readonly fleets: ReadonlyMap<string, Fleet>,
    private readonly parts: RunningParts,
    private readonly watched: {
      readonly emulators: Emulators;
      readonly monitor: Monitor;
      readonly scaling: Scaling;
      readonly timeFactor: number;
    },
    private readonly log: Log,
  ) {
    this.operator = gateway.credentials.issue({ name: "operator", role: undefined, session: "operator" });
    this.objects = new StoredObjects(this.clientConfig);
  }

  /**
   * Starts the emulators, the gateway, the load balancers and the fleets, and waits until every fleet is in service.
   * @throws UsageError when the port is taken or a capacity is not possible; nothing is started then
   */
  static async start(options: LocalStackOptions): Promise<LocalStack> {
    const { stack, log = () => undefined, port = 0, folders = projectFolders } = options;
    const { timeFactor = 1, scalingTimeFactor = 1 } = options;
    for (const factor of [timeFactor, scalingTimeFactor]) {
      if (!(factor > 0)) throw new UsageError(`the time factor must be above 0, got ${factor}`);
    }
    const reason = whyNotRunnable(stack, folders);
    if (reason !== undefined) throw new UsageError(`stack "${stack.name}" cannot run on this machine: ${reason}`);
    const plans = planFleets(stack, folders);
    checkCapacity(plans, options.capacity ?? {});
    for (const name of Object.keys(options.environment ?? {})) planOf(plans, name);

    const parts = new RunningParts();
    options.signal?.addEventListener("abort", () => void parts.stopFleets());
    try {
      await parts.startLoadBalancers(stack, port, log);
      await options.prepare?.();
      options.signal?.throwIfAborted();
      const { gateway, emulators } = await parts.startGateway(options, log);
      options.signal?.throwIfAborted();
      const fleets = parts.startFleets(options, gateway, folders, log);
      await Promise.all([...fleets.values()].map((fleet) => fleet.settled(120_000)));
      for (const fault of options.faults ?? []) gateway.faults.add(fault);
      options.signal?.throwIfAborted();
      const running = parts.startScaling(options, emulators, fleets, log);
      return new LocalStack(
        stack,
        gateway,
        fleets,
        parts,
        { ...running, emulators, timeFactor: scalingTimeFactor },
        log,
      );
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

  /** The stack's outputs as environment variables: `queue_url` is QUEUE_URL. Those that only AWS knows are left out. */
  get outputVariables(): Record<string, string> {
    const variables = Object.keys(this.stack.outputs).flatMap((name): [string, string][] => {
      try {
        return [[name.toUpperCase(), asString(this.output(name))]];
      } catch (error) {
        this.log(`output ${name}: ${(error as Error).message}`);
        return [];
      }
    });
    return Object.fromEntries(variables);
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

  /** Everything that there is to see at this moment. */
  async snapshot(): Promise<StackSnapshot> {
    const { emulators, monitor, scaling, timeFactor } = this.watched;
    const depths = await emulators.queues.all();
    const deadLetters = deadLetterQueues(this.stack);
    return {
      stack: this.stack.name,
      timeFactor,
      ...(this.url !== undefined && { url: this.url }),
      now: Date.now(),
      fleets: [...this.fleets.values()].map(snapshotOf),
      queues: [...depths].map(([name, depth]) => ({ name, ...depth, deadLetter: deadLetters.has(name) })),
      alarms: scaling.alarms,
      buckets: this.stack.ofType("aws_s3_bucket").map((bucket) => bucket.string("bucket")),
      events: this.parts.journal.events,
      history: monitor.history,
    };
  }

  /** Loses an instance of a fleet as a crash would: SIGKILL for the service and all that it started. */
  async killInstance(fleet: string, id: string): Promise<void> {
    await this.fleet(fleet).killInstance(id);
  }

  /**
   * Loses every instance in a zone, and launches none there until `bringZoneBack`.
   * @throws Error naming the zones that there are
   */
  async takeZoneDown(zone: string): Promise<void> {
    this.mustHaveZone(zone);
    this.parts.journal.noteFor(undefined)("zone", `${zone} is down`);
    await Promise.all([...this.fleets.values()].map((fleet) => fleet.takeZoneDown(zone)));
  }

  /** Launches instances in a zone again. @throws Error naming the zones that there are */
  bringZoneBack(zone: string): void {
    this.mustHaveZone(zone);
    this.parts.journal.noteFor(undefined)("zone", `${zone} is back`);
    for (const fleet of this.fleets.values()) fleet.bringZoneBack(zone);
  }

  /** The objects of a bucket that were written last, newest first, read with the operator's rights. */
  async latestObjects(bucket: string, count: number): Promise<readonly StoredObject[]> {
    return this.objects.latest(bucket, count);
  }

  /** An object with its content, read with the operator's rights; undefined when there is none. */
  async readObject(bucket: string, key: string): Promise<ObjectContent | undefined> {
    return this.objects.read(bucket, key);
  }

  /** What the roles may do according to another version of the same stack. */
  policiesOf(stack: SynthesizedStack): Map<string, RolePolicies> {
    useLocalAddresses(stack, this.gateway.url, this.parts.balancers);
    return readPolicies(stack);
  }

  /** Stops the services as their units say, and then everything else. Nothing is left. */
  async stop(): Promise<void> {
    this.objects.close();
    await this.parts.stop();
  }

  private mustHaveZone(zone: string): void {
    const zones = new Set([...this.fleets.values()].flatMap((fleet) => fleet.zones.map(({ name }) => name)));
    if (!zones.has(zone)) throw new Error(`there is no "${zone}" (there are: ${[...zones].join(", ")})`);
  }
}

/** The names of the queues to which others send what they could not work off. */
function deadLetterQueues(stack: SynthesizedStack): Set<string> {
  const queues = stack.ofType("aws_sqs_queue");
  const arns = queues.flatMap((queue) => {
    const policy = queue.optionalString("redrive_policy");
    return policy === undefined ? [] : (JSON.parse(policy) as { deadLetterTargetArn: string }).deadLetterTargetArn;
  });
  const isDeadLetter = ({ type, name }: Resource): boolean =>
    arns.includes(asString(stack.resource(type, name, "arn")));
  return new Set(queues.filter(isDeadLetter).map((queue) => queue.string("name")));
}

function checkCapacity(plans: readonly FleetPlan[], wanted: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(wanted)) {
    const { min, max } = planOf(plans, name).capacity;
    if (!Number.isInteger(count) || count < min || count > max) {
      throw new UsageError(`the capacity of "${name}" must be a whole number from ${min} to ${max}, got ${count}`);
    }
  }
}

function planOf(plans: readonly FleetPlan[], name: string): FleetPlan {
  const plan = plans.find((fleet) => fleet.name === name);
  if (plan !== undefined) return plan;
  throw new UsageError(`there is no fleet "${name}" (there are: ${plans.map((fleet) => fleet.name).join(", ")})`);
}
