import type { GroupProgress } from "../../../../tools/release/rollout/judge";

/** How far a group is, as a test wants it. */
export function progressOf(changes: Partial<GroupProgress> = {}): GroupProgress {
  const usual = {
    group: "server",
    state: "waiting",
    percentage: 0,
    ready: 0,
    old: 2,
    desired: 2,
    reason: undefined,
  } as const;
  return { ...usual, ...changes };
}
