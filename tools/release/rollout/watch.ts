import { setTimeout as sleep } from "node:timers/promises";
import type { GroupState, Groups } from "./groups";
import { judge, judgeMissing, type Baseline, type GroupProgress } from "./judge";

/** Looks in a row that may fail (throttling, a broken connection) before the watcher gives up. */
const MAX_BLIND_LOOKS = 10;

/** What the one who watches wants after an interruption. */
export type Decision = "cancel" | "watch" | "leave";

/** An interruption (Ctrl-C) that ends pauses and is answered at the next look. */
export interface Interruption {
  /** Aborted by an interruption; a new one after each answer */
  readonly signal: AbortSignal;
  ask(): Promise<Decision>;
}

export interface WatchOptions {
  readonly groups: Groups;
  /** Names of the stack's alarms that ring now */
  readonly ringing: () => Promise<readonly string[]>;
  /** The image that each group shall run, by the group's name. A group that is not in it is waited for on the image it has. */
  readonly targets: ReadonlyMap<string, string>;
  readonly baseline: Baseline;
  readonly timeoutMs: number;
  readonly pollMs: number;
  readonly interruption: Interruption;
  readonly onProgress: (progress: readonly GroupProgress[]) => void;
  /** Told of a look that failed; the watcher goes on */
  readonly onBlind: (error: Error) => void;
}

export type WatchResult =
  | { readonly outcome: "healthy" }
  /** The groups are to be rolled back. */
  | { readonly outcome: "failed"; readonly reason: string }
  /** Somebody else has taken over, or the watcher leaves: the groups are to be left alone. */
  | { readonly outcome: "superseded" | "left"; readonly reason: string };

/**
 * Follows a stack's groups until all are healthy on their images, or one cannot become so.
 * @throws the last error when it could not see the groups ten times in a row
 */
export async function watch(options: WatchOptions): Promise<WatchResult> {
  const { groups, ringing, targets, baseline, timeoutMs, pollMs, onProgress, onBlind } = options;
  const end = Date.now() + timeoutMs;
  let blind = 0;
  let waitingFor = "the first look";
  for (;;) {
    if (options.interruption.signal.aborted) {
      const decision = await options.interruption.ask();
      if (decision === "cancel") return { outcome: "failed", reason: "cancelled by the one who watched" };
      if (decision === "leave") return { outcome: "left", reason: "left while instances were being replaced" };
    }
    try {
      const [states, alarms] = await Promise.all([groups.describe(), ringing()]);
      blind = 0;
      const missing = [...targets.keys()].filter((name) => states.every((state) => state.name !== name));
      const progress = [
        ...states.map((state) => judge(state, targetOf(state, targets), baseline)),
        ...missing.map(judgeMissing),
      ];
      onProgress(progress);
      const result = conclude(progress, alarms, baseline);
      if (result) return result;
      waitingFor = progress
        .filter(({ state }) => state === "waiting")
        .map(({ group, ready, desired, reason }) => `${group} ${ready}/${desired} (${reason ?? "waiting"})`)
        .join(", ");
    } catch (error) {
      blind += 1;
      if (blind >= MAX_BLIND_LOOKS) throw error;
      onBlind(error as Error);
    }
    if (Date.now() >= end) {
      return { outcome: "failed", reason: `timed out after ${timeoutMs / 60_000} minutes, waiting for ${waitingFor}` };
    }
    await pause(Math.min(pollMs, end - Date.now()), options.interruption.signal);
  }
}

function targetOf(state: GroupState, targets: ReadonlyMap<string, string>): string {
  return targets.get(state.name) ?? state.image ?? "an unknown image";
}

function conclude(
  progress: readonly GroupProgress[],
  alarms: readonly string[],
  baseline: Baseline,
): WatchResult | undefined {
  const worded = (state: GroupProgress["state"]) =>
    progress.filter((group) => group.state === state).map(({ group, reason }) => `${group}: ${reason ?? state}`);
  const superseded = worded("superseded");
  if (superseded.length > 0) return { outcome: "superseded", reason: superseded.join("; ") };
  const failed = worded("failed");
  if (failed.length > 0) return { outcome: "failed", reason: failed.join("; ") };
  const newAlarms = alarms.filter((name) => !baseline.alarms.has(name));
  if (newAlarms.length > 0) return { outcome: "failed", reason: `alarm ${newAlarms.join(", ")}` };
  return progress.every(({ state }) => state === "healthy") ? { outcome: "healthy" } : undefined;
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds <= 0) return;
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    // Cut short by an interruption, which is dealt with at the next look.
    if (!signal.aborted) throw error;
  }
}
