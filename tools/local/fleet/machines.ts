import type { Member } from "./capacity";
import { freePort } from "./free-port";
import { Instance, type InstanceOptions, type LaunchTemplate, newInstanceId } from "./instance";
import type { EventKind, Note } from "../journal";
import type { Log } from "../log";
import { probe } from "./probe";
import type { TargetGroup } from "../load-balancer/target-group";

export interface MachinesOptions {
  /** The pretend zones, one per subnet */
  readonly zones: readonly string[];
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
  /** Takes note of what happens to the group */
  readonly note: Note;
}

/** What a group is told of its machines. */
export interface MachineEvents {
  /** One came into service, or is gone */
  readonly changed: () => void;
  /** One was lost, or did not become healthy in time; told before `changed` */
  readonly failed: (instance: Instance, failure: Failure) => void;
}

/** The end of a machine that was not asked for. */
export interface Failure {
  /** Its process ended, or it was given up by the launching hook */
  readonly kind: "lost" | "abandoned";
  readonly why: string;
  readonly wasInService: boolean;
}

/** The machines of a group, from their launch to their end. How many there should be is the group's business. */
export class Machines {
  private readonly instances = new Map<string, Instance>();
  private readonly inServiceSince = new Map<string, number>();
  private readonly leaving = new Map<string, Promise<void>>();
  private readonly zonesDown = new Set<string>();
  private underWay = 0;
  private stopped = false;

  constructor(
    private readonly options: MachinesOptions,
    private readonly events: MachineEvents,
  ) {}

  /** Every instance that exists, also those that are starting or stopping */
  get all(): Instance[] {
    return [...this.instances.values()];
  }

  /** The instances that have passed the launching hook and are not leaving */
  get inService(): Instance[] {
    return this.all.filter(({ id }) => this.inServiceSince.has(id));
  }

  /** Those of them that are healthy in every target group */
  get serving(): Instance[] {
    return this.inService.filter(({ id }) =>
      this.options.targetGroups.every((group) => group.stateOf(id) === "healthy"),
    );
  }

  /** The zones in which instances can be launched */
  get zonesUp(): string[] {
    return this.options.zones.filter((zone) => !this.zonesDown.has(zone));
  }

  /** What an instance is doing, for people */
  stateOf(instance: Instance): { state: "pending" | "in-service" | "stopping"; health: string } {
    if (this.isLeaving(instance)) return { state: "stopping", health: "stopping" };
    if (!this.inServiceSince.has(instance.id)) return { state: "pending", health: "starting" };
    const states = this.options.targetGroups.map((group) => group.stateOf(instance.id) ?? "unregistered");
    return { state: "in-service", health: states.length === 0 ? "running" : states.join(", ") };
  }

  /** The instances that have been in service for at least so many milliseconds */
  warm(warmupMs: number): Instance[] {
    return this.inService.filter(({ id }) => Date.now() - (this.inServiceSince.get(id) ?? Infinity) >= warmupMs);
  }

  /** How many instances start, or have been in service for less than so many milliseconds */
  warmingUp(warmupMs: number): number {
    return this.all.length - this.leavingCount - this.warm(warmupMs).length + this.underWay;
  }

  /** How many instances are draining or stopping */
  get leavingCount(): number {
    return this.all.filter((instance) => this.isLeaving(instance)).length;
  }

  /** Loses every instance in a zone, and launches none there until it is brought back. */
  async takeZoneDown(zone: string): Promise<void> {
    this.zonesDown.add(zone);
    await Promise.all(this.all.filter((instance) => instance.zone === zone).map((instance) => instance.crash()));
  }

  bringZoneBack(zone: string): void {
    this.zonesDown.delete(zone);
  }

  /** Launches that have no instance yet */
  get launching(): number {
    return this.underWay;
  }

  /** The instances as they are now. @param image what the group launches */
  members(image: string): Member[] {
    const serving = new Set(this.serving);
    return this.all.map((instance) => ({
      id: instance.id,
      zone: instance.zone,
      startedAt: instance.startedAt,
      current: instance.image === image,
      inServiceSince: this.inServiceSince.get(instance.id),
      serving: serving.has(instance),
      unhealthy: this.isUnhealthy(instance),
      leaving: this.isLeaving(instance),
    }));
  }

  /**
   * Launches an instance in the zone that holds the fewest; none while every zone is down.
   * @param template asked for once it can be launched; undefined when it is not wanted any more
   */
  async launch(template: () => LaunchTemplate | undefined): Promise<void> {
    this.underWay += 1;
    const port = await freePort().finally(() => (this.underWay -= 1));
    const wanted = this.stopped ? undefined : template();
    const zone = this.emptiestZone();
    if (wanted === undefined || zone === undefined) return;
    const id = newInstanceId();
    const { overridesFor, reaper, targetGroups } = this.options;
    const instance = new Instance({
      id,
      zone,
      port,
      template: wanted,
      overrides: overridesFor(id),
      reaper,
      log: (line) => {
        this.say(instance, line);
      },
    });
    this.instances.set(id, instance);
    this.say(
      instance,
      `launched in ${instance.zone} (process ${String(instance.pid)}, port ${port}, image ${instance.image})`,
      "launch",
    );
    void this.bury(instance);
    if (await this.becomesHealthy(instance)) {
      this.inServiceSince.set(id, Date.now());
      this.say(instance, "in service", "in-service");
      for (const group of targetGroups) group.register(id, port);
      this.events.changed();
    }
  }

  /** Takes an instance out of its target groups, lets it finish its requests, and stops it. */
  retire(id: string, why: string): void {
    const instance = this.instances.get(id);
    if (instance === undefined || this.isLeaving(instance)) return;
    this.say(instance, `${why}: draining`, "terminate");
    this.inServiceSince.delete(id);
    const left = Promise.all(this.options.targetGroups.map((group) => group.deregister(id)))
      .then(() => instance.stop())
      .finally(() => this.leaving.delete(id));
    this.leaving.set(id, left);
  }

  /** Stops every instance as its unit says, and waits until all are gone. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.all.map((instance) => instance.stop()));
    await Promise.all(this.leaving.values());
  }

  private isLeaving(instance: Instance): boolean {
    return instance.isStopping || this.leaving.has(instance.id);
  }

  private isUnhealthy({ id, startedAt }: Instance): boolean {
    const { replaceUnhealthy, gracePeriodMs, targetGroups } = this.options;
    if (!replaceUnhealthy || Date.now() < startedAt + gracePeriodMs) return false;
    return targetGroups.some((group) => group.stateOf(id) === "unhealthy");
  }

  private emptiestZone(): string | undefined {
    const staying = this.all.filter((instance) => !this.isLeaving(instance));
    const size = (zone: string): number => staying.filter((instance) => instance.zone === zone).length;
    return this.zonesUp.sort((a, b) => size(a) - size(b))[0];
  }

  /** The launching lifecycle hook: waits for the service's answer; an instance that gives none in time is abandoned. */
  private async becomesHealthy(instance: Instance): Promise<boolean> {
    const { launchTimeoutMs, healthPath } = this.options;
    const end = Date.now() + launchTimeoutMs;
    // Asked again after every answer: what is on its way out must not come into service any more.
    const isWaiting = (): boolean => this.instances.has(instance.id) && !this.isLeaving(instance);
    while (isWaiting()) {
      if ((await probe(instance.port, healthPath, 2000)) === 200) return isWaiting();
      if (isWaiting() && Date.now() > end) {
        const why = `was not healthy within ${launchTimeoutMs / 1000} s`;
        this.say(instance, `${why}: abandoned`, "lost");
        this.events.failed(instance, { kind: "abandoned", why, wasInService: false });
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
    const asked = this.isLeaving(instance);
    const wasInService = this.inServiceSince.has(id);
    this.instances.delete(id);
    this.inServiceSince.delete(id);
    for (const group of this.options.targetGroups) group.remove(id);
    if (this.stopped) return;
    if (asked) this.say(instance, `ended (${how})`);
    else this.events.failed(instance, { kind: "lost", why: `lost (${how})`, wasInService });
    this.events.changed();
  }

  private say({ id }: Instance, line: string, kind?: EventKind): void {
    this.options.log(`${id.slice(0, 6)} ${line}`);
    if (kind !== undefined) this.options.note(kind, `${id.slice(0, 6)} ${line}`);
  }
}
