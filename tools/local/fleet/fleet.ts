import { freePort } from "./free-port";
import { type InstanceOptions, Instance, type LaunchSpecification, newInstanceId } from "./instance";
import type { Log } from "../log";
import { probe } from "./probe";
import type { TargetGroup } from "../load-balancer/target-group";

/** How many machines a group holds. */
export interface Capacity {
  readonly min: number;
  readonly max: number;
  readonly desired: number;
}

export interface FleetOptions {
  /** The name it has in the stack, "worker" */
  readonly name: string;
  readonly capacity: Capacity;
  /** The pretend zones, one per subnet */
  readonly zones: readonly string[];
  readonly launch: LaunchSpecification;
  /** The path that answers 200 when an instance is able to work */
  readonly healthPath: string;
  /** Milliseconds in which a new instance has to become healthy, from the launching lifecycle hook */
  readonly launchTimeoutMs: number;
  /** Milliseconds after launch in which the target group's opinion does not count */
  readonly gracePeriodMs: number;
  /** Where its instances are registered */
  readonly targetGroups: readonly TargetGroup[];
  /** Whether an instance that is unhealthy in a target group is replaced (health check type ELB) */
  readonly replaceUnhealthy: boolean;
  /** What a new instance gets over its environment file: credentials and endpoints */
  readonly overridesFor: (instanceId: string) => Readonly<Record<string, string>>;
  readonly reaper: InstanceOptions["reaper"];
  readonly log: Log;
}

/** How often a fleet looks at its instances. */
const lookMs = 250;
/** Pauses before the next launch after 1, 2, 3, … launches in a row that failed or did not last */
const backOffMs = [0, 500, 1000, 2000, 5000, 10_000, 30_000];
/** An instance that served for so long does not count as a failed launch when it ends. */
const stableMs = 10_000;

/**
 * An Auto Scaling group of processes: a process is a machine.
 *
 * A process that ends is a machine that is lost: another one is launched in the zone that holds the fewest. An instance
 * that its target group finds unhealthy is replaced when its successor is in service.
 */
export class Fleet {
  readonly name: string;
  private desired: number;
  private readonly instances = new Map<string, Instance>();
  private readonly inService = new Set<string>();
  private readonly log: Log;
  private launching = 0;
  private failures = 0;
  private nextLaunchAt = 0;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private readonly leaving = new Set<Promise<void>>();

  constructor(private readonly options: FleetOptions) {
    this.name = options.name;
    this.desired = options.capacity.desired;
    this.log = options.log;
  }

  /** The instances that are able to work */
  get members(): Instance[] {
    return [...this.instances.values()].filter(({ id }) => this.inService.has(id));
  }

  /** Every instance that exists, also those that are starting or stopping */
  get allInstances(): Instance[] {
    return [...this.instances.values()];
  }

  /** How many instances there should be */
  get desiredCapacity(): number {
    return this.desired;
  }

  /** Changes how many instances there should be. @throws RangeError outside of min..max */
  setDesiredCapacity(desired: number): void {
    const { min, max } = this.options.capacity;
    if (!Number.isInteger(desired) || desired < min || desired > max) {
      throw new RangeError(`the capacity of ${this.name} must be a whole number from ${min} to ${max}, got ${desired}`);
    }
    this.log(`desired capacity ${this.desired} → ${desired}`);
    this.desired = desired;
    this.look();
  }

  /** Starts the instances and keeps their number right until `stop`. */
  start(): void {
    this.look();
    this.timer = setInterval(() => {
      this.look();
    }, lookMs);
  }

  /** Resolves when as many instances as desired are in service and no others exist. */
  async settled(timeoutMs = 60_000): Promise<void> {
    const end = Date.now() + timeoutMs;
    while (this.members.length !== this.desired || this.instances.size !== this.desired) {
      if (this.stopped || Date.now() > end) {
        throw new Error(
          `${this.name}: ${this.members.length} of ${this.desired} in service after ${timeoutMs / 1000} s`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Stops every instance as its unit says, and waits until all are gone. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await Promise.all([...this.instances.values()].map((instance) => instance.stop()));
    await Promise.all(this.leaving);
  }

  /** Compares what is there with what should be, and acts on the difference. */
  private look(): void {
    if (this.stopped) return;
    const staying = [...this.instances.values()].filter(
      (instance) => !instance.isStopping && !this.isLeaving(instance),
    );
    const unhealthy = staying.filter((instance) => this.isUnhealthy(instance));
    const wanted = this.desired + unhealthy.length;
    for (let missing = wanted - staying.length - this.launching; missing > 0; missing -= 1) {
      if (Date.now() < this.nextLaunchAt) return;
      void this.launch();
    }
    if (this.members.filter((instance) => staying.includes(instance)).length <= this.desired) return;
    const surplus = unhealthy[0] ?? this.oldestOfFullestZone(staying);
    if (surplus !== undefined) this.retire(surplus, unhealthy.length > 0 ? "unhealthy, replaced" : "no longer needed");
  }

  private readonly retiring = new Set<string>();

  private isLeaving({ id }: Instance): boolean {
    return this.retiring.has(id);
  }

  private isUnhealthy({ id, startedAt }: Instance): boolean {
    const { replaceUnhealthy, gracePeriodMs, targetGroups } = this.options;
    if (!replaceUnhealthy || Date.now() < startedAt + gracePeriodMs) return false;
    return targetGroups.some((group) => group.stateOf(id) === "unhealthy");
  }

  private oldestOfFullestZone(instances: readonly Instance[]): Instance | undefined {
    const size = (zone: string): number => instances.filter((instance) => instance.zone === zone).length;
    return [...instances].sort((a, b) => size(b.zone) - size(a.zone) || a.startedAt - b.startedAt)[0];
  }

  private emptiestZone(): string {
    const size = (zone: string): number => this.allInstances.filter((instance) => instance.zone === zone).length;
    const [zone = "local"] = [...this.options.zones].sort((a, b) => size(a) - size(b));
    return zone;
  }

  private async launch(): Promise<void> {
    this.launching += 1;
    const port = await freePort().finally(() => (this.launching -= 1));
    if (this.stopped) return;
    const id = newInstanceId();
    const { launch, overridesFor, reaper, healthPath, targetGroups } = this.options;
    const instance = new Instance({
      id,
      zone: this.emptiestZone(),
      port,
      launch,
      overrides: overridesFor(id),
      reaper,
      log: (line) => {
        this.log(`${id.slice(0, 6)} ${line}`);
      },
    });
    this.instances.set(id, instance);
    this.log(`${id.slice(0, 6)} launched in ${instance.zone} (process ${String(instance.pid)}, port ${port})`);
    void this.bury(instance);
    if (await this.becomesHealthy(instance, healthPath)) {
      this.inService.add(id);
      this.log(`${id.slice(0, 6)} in service`);
      for (const group of targetGroups) group.register(id, port);
      this.look();
    }
  }

  /** The launching lifecycle hook: waits for the service's answer; an instance that gives none in time is abandoned. */
  private async becomesHealthy(instance: Instance, healthPath: string): Promise<boolean> {
    const end = Date.now() + this.options.launchTimeoutMs;
    while (this.instances.has(instance.id) && !instance.isStopping) {
      if ((await probe(instance.port, healthPath, 2000)) === 200) return this.instances.has(instance.id);
      if (Date.now() > end) {
        this.log(
          `${instance.id.slice(0, 6)} was not healthy within ${this.options.launchTimeoutMs / 1000} s: abandoned`,
        );
        await instance.stop();
        return false;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return false;
  }

  /** Waits for the end of an instance, and takes note when it was not asked for. */
  private async bury(instance: Instance): Promise<void> {
    const how = await instance.ended;
    const { id } = instance;
    const short = id.slice(0, 6);
    const lasted = this.inService.has(id) && Date.now() - instance.startedAt > stableMs;
    this.instances.delete(id);
    this.inService.delete(id);
    this.retiring.delete(id);
    for (const group of this.options.targetGroups) group.remove(id);
    if (this.stopped) return;
    if (instance.isStopping) {
      this.log(`${short} ended (${how})`);
    } else {
      this.failures = lasted ? 0 : this.failures + 1;
      const pause = backOffMs[Math.min(this.failures, backOffMs.length) - 1] ?? 0;
      this.nextLaunchAt = Date.now() + pause;
      this.log(`${short} lost (${how}): will be replaced${pause > 0 ? ` in ${pause / 1000} s` : ""}`);
    }
    this.look();
  }

  /** Takes an instance out of its target groups, lets it finish its requests, and stops it. */
  private retire(instance: Instance, why: string): void {
    this.log(`${instance.id.slice(0, 6)} ${why}: draining`);
    this.retiring.add(instance.id);
    this.inService.delete(instance.id);
    const left = Promise.all(this.options.targetGroups.map((group) => group.deregister(instance.id)))
      .then(() => instance.stop())
      .finally(() => this.leaving.delete(left));
    this.leaving.add(left);
  }
}
