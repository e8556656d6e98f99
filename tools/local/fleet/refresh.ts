import { randomUUID } from "node:crypto";
import type { Member, Situation, Steps } from "./capacity";
import type { Log } from "../log";

/** The preferences of a group's instance refreshes, in the words of AWS's API (`RefreshPreferences`). */
export interface RefreshPreferences {
  readonly minHealthyPercentage: number;
  /** Above 100 new instances are launched before old ones are terminated */
  readonly maxHealthyPercentage: number;
  /** Milliseconds in service after which a new instance counts */
  readonly warmupMs: number;
}

/** Statuses of an instance refresh that can occur here, in the words of AWS's API. */
export type RefreshStatus = "Pending" | "InProgress" | "Successful" | "Failed" | "Cancelling" | "Cancelled";

/** An instance refresh at one moment. */
export interface RefreshState {
  readonly id: string;
  /** What is, or was, rolled out */
  readonly image: string;
  readonly status: RefreshStatus;
  /** How many of the desired instances are replaced, 0 to 100 */
  readonly percentage: number;
  /** Why it is where it is */
  readonly reason: string;
  readonly startedAt: Date;
  readonly endedAt: Date | undefined;
}

/** New instances that may fail without any progress before the refresh does. AWS tries for much longer; nobody waits for that here. */
export const maxFailures = 3;

/** How many instances a refresh keeps serving, and how many it lets exist. At least one can always be replaced. */
export function refreshLimits(
  { minHealthyPercentage, maxHealthyPercentage }: RefreshPreferences,
  desired: number,
): { atLeast: number; atMost: number } {
  const atLeast = Math.ceil((desired * minHealthyPercentage) / 100);
  if (maxHealthyPercentage <= 100) return { atLeast: Math.max(Math.min(atLeast, desired - 1), 0), atMost: desired };
  const extra = Math.floor((desired * (maxHealthyPercentage - 100)) / 100);
  return { atLeast, atMost: desired + Math.max(extra, 1) };
}

/** Replaces a group's instances step by step, as an instance refresh with the strategy "Rolling" does. */
export class InstanceRefresh {
  readonly id = randomUUID();
  private readonly startedAt = new Date();
  private endedAt: Date | undefined;
  private status: RefreshStatus = "Pending";
  private reason = "the refresh has not looked at the group yet";
  private percentage = 0;
  private readonly replaced = new Set<string>();
  private readonly failed = new Set<string>();
  private failures = 0;
  /** The most new instances that have counted at once */
  private most = 0;

  /**
   * @param image what is rolled out
   * @param preferences how carefully
   * @param log takes a line per change
   */
  constructor(
    readonly image: string,
    private readonly preferences: RefreshPreferences,
    private readonly log: Log,
  ) {}

  get state(): RefreshState {
    const { id, image, status, percentage, reason, startedAt, endedAt } = this;
    return { id, image, status, percentage, reason, startedAt, endedAt };
  }

  /** Whether it still changes the group */
  get isRunning(): boolean {
    return this.endedAt === undefined;
  }

  /** Starts no more replacements; what was replaced stays so. */
  cancel(): void {
    this.status = "Cancelling";
    this.reason = "cancelled by request";
    this.log("instance refresh: cancelling");
  }

  /** Takes note of an instance of the new image that was lost, or did not become healthy, or did not stay so. */
  failedInstance(id: string, why: string): void {
    if (!this.isRunning || this.failed.has(id)) return;
    this.failed.add(id);
    this.failures += 1;
    this.reason = `${id} ${why}`;
  }

  /** Says what is to be done next, and ends when nothing is. */
  look({ members, launching, desired, now }: Situation): Steps {
    const staying = members.filter(({ leaving }) => !leaving);
    const current = staying.filter((member) => member.current);
    const old = staying.filter((member) => !member.current);
    const unhealthy = current.filter((member) => member.unhealthy);
    for (const { id } of unhealthy) this.failedInstance(id, "was unhealthy in its target group");
    const ready = current.filter((member) => this.isReady(member, now));
    if (ready.length > this.most) this.failures = 0;
    this.most = Math.max(this.most, ready.length);
    for (const { id } of ready) this.replaced.add(id);
    this.report(ready.length, desired);

    if (this.status === "Cancelling") return this.withdraw("Cancelled", staying, desired);
    if (this.failures >= maxFailures) return this.withdraw("Failed", staying, desired);
    if (this.status === "Pending") this.status = "InProgress";

    const { atLeast, atMost } = refreshLimits(this.preferences, desired);
    const inService = current.filter(({ inServiceSince }) => inServiceSince !== undefined);
    const leaving = [
      ...this.leastUseful(old, old.length - Math.max(atLeast - ready.length, 0)),
      ...this.leastUseful(inService, inService.length - desired),
    ];
    const room = atMost + unhealthy.length - (staying.length - leaving.length);
    const launch = Math.max(Math.min(desired + unhealthy.length - current.length, room) - launching, 0);
    const oldOnes = members.filter((member) => !member.current).length;
    if (oldOnes === 0 && ready.length === desired && current.length === desired && launching === 0) {
      this.end("Successful", "every instance was replaced");
    } else if (this.failures === 0) {
      this.reason = `waiting for ${desired - Math.min(ready.length, desired)} new and ${oldOnes} old instances`;
    }
    return { launch, retire: leaving.map(({ id, current: isNew }) => ({ id, why: isNew ? "surplus" : "replaced" })) };
  }

  private isReady({ serving, inServiceSince }: Member, now: number): boolean {
    return serving && inServiceSince !== undefined && now - inServiceSince >= this.preferences.warmupMs;
  }

  private report(ready: number, desired: number): void {
    const percentage = desired === 0 ? 100 : Math.floor((100 * Math.min(ready, desired)) / desired);
    if (percentage !== this.percentage) this.log(`instance refresh: ${percentage} % (${ready} of ${desired} replaced)`);
    this.percentage = percentage;
  }

  /** Ends before everything was replaced: launches that have not replaced anything are taken back, old instances stay. */
  private withdraw(status: "Failed" | "Cancelled", staying: readonly Member[], desired: number): Steps {
    const unfinished = staying.filter(({ id, current, unhealthy }) => current && (unhealthy || !this.replaced.has(id)));
    // An old instance that does not serve is no reason to take back one that does.
    const counting = staying.filter(({ current, serving }) => current || serving).length;
    const why =
      status === "Failed" ? `${this.failures} new instances failed, the last one: ${this.reason}` : this.reason;
    this.end(status, why);
    const retire = this.leastUseful(unfinished, counting - desired);
    return { launch: 0, retire: retire.map(({ id }) => ({ id, why: "taken back" })) };
  }

  private end(status: "Successful" | "Failed" | "Cancelled", reason: string): void {
    this.status = status;
    this.reason = reason;
    this.endedAt = new Date();
    this.log(`instance refresh ${status.toLowerCase()}: ${reason}`);
  }

  /** So many of them: first the unhealthy, then those that do not serve, then those that do not count yet; the oldest first. */
  private leastUseful(members: readonly Member[], count: number): Member[] {
    const worth = ({ id, unhealthy, serving }: Member): number =>
      unhealthy ? 0 : !serving ? 1 : this.replaced.has(id) ? 3 : 2;
    return [...members].sort((a, b) => worth(a) - worth(b) || a.startedAt - b.startedAt).slice(0, Math.max(count, 0));
  }
}
