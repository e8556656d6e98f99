import type { Cron } from "./cron";

/** A scheduled action. Times are milliseconds since 1970. */
export interface Schedule {
  readonly name: string;
  /** What it sets; undefined leaves it as it is */
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly desired: number | undefined;
  /** When a one-time action happens, or from when on a recurring one does */
  readonly start: number | undefined;
  readonly end: number | undefined;
  /** Undefined for a one-time action */
  readonly recurrence: Cron | undefined;
}

const minuteMs = 60_000;

/** Whether a scheduled action happens after a moment, up to and including another one. */
export function isDue(
  { start = -Infinity, end = Infinity, recurrence }: Schedule,
  after: number,
  upTo: number,
): boolean {
  if (recurrence === undefined) return start > after && start <= upTo;
  const first = Math.floor(after / minuteMs) * minuteMs + minuteMs;
  for (let at = first; at <= upTo; at += minuteMs) {
    if (at >= start && at <= end && recurrence(at)) return true;
  }
  return false;
}

/** The limits and the desired capacity of a group after a scheduled action, which brings each within the others. */
export function applySchedule(
  schedule: Pick<Schedule, "min" | "max" | "desired">,
  group: { readonly min: number; readonly max: number; readonly desired: number },
): { readonly min: number; readonly max: number; readonly desired: number } {
  const min = schedule.min ?? group.min;
  const max = schedule.max ?? group.max;
  const desired = Math.min(Math.max(schedule.desired ?? group.desired, min), max);
  return { min, max, desired };
}
