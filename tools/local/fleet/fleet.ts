import type { EventKind } from "../journal";
import { type Steps, keepCapacity } from "./capacity";
import type { Instance, LaunchTemplate } from "./instance";
import { type FailedLaunch, LaunchFailures } from "./launch-failures";
import { type Failure, Machines, type MachinesOptions } from "./machines";
import { InstanceRefresh, type RefreshPreferences, type RefreshState, refreshLimits } from "./refresh";

/** How many machines a group holds. */
export interface Capacity {
  readonly min: number;
  readonly max: number;
  readonly desired: number;
}

export interface FleetOptions extends MachinesOptions {
  /** The name it has in the stack, "worker" */
  readonly name: string;
  readonly capacity: Capacity;
  /** What it launches until a refresh brings something else */
  readonly template: LaunchTemplate;
  /** How it replaces its instances when it is refreshed */
  readonly refresh: RefreshPreferences;
}

/** How often a fleet looks at its instances. */
const lookMs = 250;
/** An instance that served for so long does not count as a failed launch when it ends. */
const stableMs = 10_000;

/**
 * An Auto Scaling group of processes: a process is a machine.
 *
 * A process that ends is a machine that is lost: another one is launched in the zone that holds the fewest. An instance
 * that its target group finds unhealthy is replaced when its successor is in service. A refresh replaces all instances
 * by others from a new image.
 */
export class Fleet {
  readonly name: string;
  private readonly machines: Machines;
  private limits: Capacity;
  private template: LaunchTemplate;
  private latestRefresh: InstanceRefresh | undefined;
  private readonly failures = new LaunchFailures();
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly options: FleetOptions) {
    this.name = options.name;
    this.limits = options.capacity;
    this.template = options.template;
    this.machines = new Machines(options, {
      changed: () => {
        this.look();
      },
      failed: (instance, failure) => {
        this.onFailure(instance, failure);
      },
    });
  }

  /** The instances that are able to work */
  get members(): Instance[] {
    return this.machines.inService;
  }

  /** The instances that are able to work and healthy in their target groups */
  get serving(): Instance[] {
    return this.machines.serving;
  }

  /** Every instance that exists, also those that are starting or stopping */
  get allInstances(): Instance[] {
    return this.machines.all;
  }

  /** How many instances there should be, at least and at most */
  get capacity(): Capacity {
    return this.limits;
  }

  /** How many instances there should be */
  get desiredCapacity(): number {
    return this.limits.desired;
  }

  /** Its pretend zones, and which of them are up */
  get zones(): { name: string; up: boolean }[] {
    const up = this.machines.zonesUp;
    return this.options.zones.map((name) => ({ name, up: up.includes(name) }));
  }

  /** How many instances a refresh keeps serving */
  get minimumServing(): number {
    return refreshLimits(this.options.refresh, this.limits.desired).atLeast;
  }

  /** The image from which it launches */
  get image(): string {
    return this.template.image;
  }

  /** The newest refresh, also one that has ended; undefined before the first */
  get refresh(): RefreshState | undefined {
    return this.latestRefresh?.state;
  }

  /** Launches that failed, the newest first */
  get failedLaunches(): readonly FailedLaunch[] {
    return this.failures.all;
  }

  /**
   * Changes how many instances there should be.
   * @param why for the log
   * @throws RangeError outside of min..max
   */
  setDesiredCapacity(desired: number, why?: string): void {
    const { min, max } = this.limits;
    if (!Number.isInteger(desired) || desired < min || desired > max) {
      throw new RangeError(`the capacity of ${this.name} must be a whole number from ${min} to ${max}, got ${desired}`);
    }
    this.setCapacity({ min, max, desired }, why);
  }

  /** Changes its limits as well, as a scheduled action does. @throws RangeError unless min ≤ desired ≤ max */
  setCapacity(capacity: Capacity, why?: string): void {
    const { min, max, desired } = capacity;
    if (min > desired || desired > max) throw new RangeError(`${min} ≤ ${desired} ≤ ${max} does not hold`);
    const before = this.limits;
    const because = why === undefined ? "" : `: ${why}`;
    this.limits = capacity;
    if (min !== before.min || max !== before.max) {
      this.say("schedule", `limits ${before.min}..${before.max} → ${min}..${max}${because}`);
    }
    if (desired !== before.desired) {
      const kind = desired < before.desired ? "scale-in" : "scale-out";
      this.say(kind, `desired capacity ${before.desired} → ${desired}${because}`);
    }
    this.look();
  }

  /** The instances that have been in service for at least so many milliseconds */
  warm(warmupMs: number): Instance[] {
    return this.machines.warm(warmupMs);
  }

  /** How many instances start, or have been in service for less than so many milliseconds */
  warmingUp(warmupMs: number): number {
    return this.machines.warmingUp(warmupMs);
  }

  /** How many instances are draining or stopping */
  get leavingCount(): number {
    return this.machines.leavingCount;
  }

  /** What an instance is doing, for people */
  stateOf(instance: Instance): ReturnType<Machines["stateOf"]> {
    return this.machines.stateOf(instance);
  }

  /** Loses an instance, with everything that it started. @throws Error when there is none with this id */
  async killInstance(id: string): Promise<void> {
    const instance = this.allInstances.find((candidate) => candidate.id === id);
    if (instance === undefined) throw new Error(`${this.name} has no instance ${id}`);
    await instance.crash();
  }

  /** Loses every instance in a zone, and launches none there until it is brought back. A zone that it does not have is ignored. */
  async takeZoneDown(zone: string): Promise<void> {
    await this.machines.takeZoneDown(zone);
  }

  /** Launches instances in a zone again. */
  bringZoneBack(zone: string): void {
    this.machines.bringZoneBack(zone);
    this.look();
  }

  /**
   * Replaces every instance whose image is another one. From now on, and also after a failure or a cancellation, it
   * launches from the new image.
   * @throws Error named InstanceRefreshInProgress while another refresh runs
   */
  startRefresh(template: LaunchTemplate): RefreshState {
    if (this.stopped) throw new Error(`${this.name} is stopped`);
    this.mustNotBeRefreshing();
    this.say("refresh", `instance refresh: image ${this.image} → ${template.image}`);
    this.template = template;
    this.failures.forgive();
    const refresh = new InstanceRefresh(template.image, this.options.refresh, (line) => {
      this.say("refresh", line);
    });
    this.latestRefresh = refresh;
    const { state } = refresh;
    this.look();
    return state;
  }

  /** @throws Error named InstanceRefreshInProgress while a refresh runs */
  mustNotBeRefreshing(): void {
    if (this.latestRefresh?.isRunning !== true) return;
    throw awsError("InstanceRefreshInProgress", `${this.name} is being refreshed already (${this.latestRefresh.id})`);
  }

  /**
   * Ends a refresh: what it has replaced stays, and so does what it has not.
   * @throws Error named ActiveInstanceRefreshNotFound when none runs
   */
  cancelRefresh(): void {
    if (this.latestRefresh?.isRunning !== true) {
      throw awsError("ActiveInstanceRefreshNotFound", `${this.name} is not being refreshed`);
    }
    this.latestRefresh.cancel();
    this.look();
  }

  /** Starts the instances and keeps their number right until `stop`. */
  start(): void {
    this.look();
    this.timer = setInterval(() => {
      this.look();
    }, lookMs);
  }

  /** Resolves when as many instances as desired are in service, no others exist and no refresh runs. */
  async settled(timeoutMs = 60_000): Promise<void> {
    const end = Date.now() + timeoutMs;
    while (!this.isSettled) {
      if (this.stopped || Date.now() > end) {
        throw new Error(
          `${this.name}: ${this.members.length} of ${this.limits.desired} in service after ${timeoutMs / 1000} s`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Stops every instance as its unit says, and waits until all are gone. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.machines.stop();
  }

  private get isSettled(): boolean {
    if (this.latestRefresh?.isRunning === true) return false;
    return this.members.length === this.limits.desired && this.allInstances.length === this.limits.desired;
  }

  /** Compares what is there with what should be, and acts on the difference. */
  private look(): void {
    if (this.stopped) return;
    const { launch, retire } = this.nextSteps();
    for (const { id, why } of retire) this.machines.retire(id, why);
    if (!this.failures.mayLaunch || this.machines.zonesUp.length === 0) return;
    const reason = this.latestRefresh?.isRunning === true ? this.latestRefresh : undefined;
    for (let count = 0; count < launch; count += 1) {
      // A launch that a refresh asked for is not wanted any more when that has ended.
      void this.machines.launch(() => (reason === undefined || reason.isRunning ? this.template : undefined));
    }
  }

  private nextSteps(): Steps {
    const situation = {
      members: this.machines.members(this.image),
      launching: this.machines.launching,
      desired: this.limits.desired,
      zones: this.machines.zonesUp,
      now: Date.now(),
    };
    return this.latestRefresh?.isRunning === true ? this.latestRefresh.look(situation) : keepCapacity(situation);
  }

  /** Takes note of an instance that was lost or did not become healthy. */
  private onFailure(instance: Instance, { kind, why, wasInService }: Failure): void {
    const short = instance.id.slice(0, 6);
    if (instance.image === this.image) this.latestRefresh?.failedInstance(instance.id, why);
    if (!wasInService) this.failures.remember({ id: instance.id, reason: `${instance.id} ${why}` });
    // One that was not healthy in time has used up enough of it: the next launch need not wait.
    if (kind === "abandoned") return;
    // Nor is it to blame for its zone.
    const isBlameless = this.zones.some(({ name, up }) => name === instance.zone && !up);
    const lasted = isBlameless || (wasInService && Date.now() - instance.startedAt > stableMs);
    const pause = this.failures.pauseAfter(lasted);
    this.say("lost", `${short} ${why}: will be replaced${pause > 0 ? ` in ${pause / 1000} s` : ""}`);
  }

  private say(kind: EventKind, line: string): void {
    this.options.log(line);
    this.options.note(kind, line);
  }
}

/** An error with the name that AWS's API gives it. */
function awsError(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
