import { isRunning, type GroupState } from "./groups";

/** Launches of a new image that may fail before it counts as bad; AWS itself would go on trying for an hour. */
export const MAX_FAILED_LAUNCHES = 3;

/** What was there before a deployment, so that its own refreshes, failures and alarms can be told from older ones. */
export interface Baseline {
  /** Newest refresh of each group */
  readonly refreshes: ReadonlyMap<string, string | undefined>;
  readonly failedLaunches: ReadonlySet<string>;
  /** Alarms that rang already */
  readonly alarms: ReadonlySet<string>;
}

export function baselineOf(groups: readonly GroupState[], ringing: readonly string[]): Baseline {
  return {
    refreshes: new Map(groups.map(({ name, refresh }) => [name, refresh?.id])),
    failedLaunches: new Set(groups.flatMap(({ failedLaunches }) => failedLaunches.map(({ id }) => id))),
    alarms: new Set(ringing),
  };
}

/** How far a group is on its way to an image. */
export interface GroupProgress {
  readonly group: string;
  /** `superseded`: somebody else has given the group another image */
  readonly state: "waiting" | "healthy" | "failed" | "superseded";
  /** 0 to 100 */
  readonly percentage: number;
  /** New instances that are in service and healthy */
  readonly ready: number;
  /** Instances that are still to be replaced */
  readonly old: number;
  readonly desired: number;
  /** Why it waits or has failed */
  readonly reason: string | undefined;
}

/**
 * Where a group stands in a roll-out.
 * @param target the image that the group shall launch, and every instance run
 */
export function judge(group: GroupState, target: string, baseline: Baseline): GroupProgress {
  const { name, desired, instances, refresh: newest } = group;
  const refresh = newest && newest.id !== baseline.refreshes.get(name) ? newest : undefined;
  const ready = instances.filter((instance) => instance.ready && instance.current).length;
  const old = instances.filter((instance) => !instance.current).length;
  const allReady = ready >= desired && instances.length === ready;
  const progress = (state: GroupProgress["state"], reason?: string): GroupProgress => ({
    group: name,
    state,
    percentage: state === "healthy" ? 100 : (refresh?.percentage ?? 0),
    ready,
    old,
    desired,
    reason,
  });

  if (group.image !== target) {
    return progress("superseded", `the group launches ${group.image ?? "an unknown image"} now, not ${target}`);
  }
  const failures = group.failedLaunches.filter(({ id }) => !baseline.failedLaunches.has(id));
  if (failures.length >= MAX_FAILED_LAUNCHES) {
    return progress("failed", `${failures.length} launches failed, the last one: ${failures[0]?.reason ?? "unknown"}`);
  }
  if (refresh && !isRunning(refresh) && refresh.status !== "Successful") {
    return progress("failed", `the instance refresh ended as ${refresh.status}${because(refresh.reason)}`);
  }
  if (refresh && isRunning(refresh)) {
    const [failure] = failures;
    return progress("waiting", failure ? `a launch failed: ${failure.reason}` : (refresh.reason ?? refresh.status));
  }
  if (allReady) return progress("healthy");
  const mayStart = refresh === undefined && old > 0;
  return progress("waiting", mayStart ? "no instance refresh has started yet" : "waiting for instances to be healthy");
}

/** A group that shall run an image and that AWS does not show: not yet, or not any more. */
export function judgeMissing(group: string): GroupProgress {
  return { group, state: "waiting", percentage: 0, ready: 0, old: 0, desired: 0, reason: "there is no such group" };
}

function because(reason: string | undefined): string {
  return reason === undefined || reason === "" ? "" : `: ${reason}`;
}
