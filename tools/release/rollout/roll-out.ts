import { messageOf } from "../errors";
import type { DeploymentLog, DeployOptions, Plan, World } from "./deployment";
import type { GroupState } from "./groups";
import { baselineOf } from "./judge";
import { watch, type WatchResult } from "./watch";

/** Milliseconds between two looks at the groups, unless the options say another number. */
export const DEFAULT_POLL_MS = 5_000;

/** How a roll-out ended; `untouched` when it failed before it changed a group. */
export type RollOutResult =
  | { readonly outcome: "healthy"; readonly url: string | undefined }
  | (Exclude<WatchResult, { outcome: "healthy" }> & { readonly untouched?: boolean });

/** Applies a plan and follows the groups to its end. */
export async function rollOut({ world, log, ...options }: DeployOptions, plan: Plan): Promise<RollOutResult> {
  const before = await world.groups.describe();
  const baseline = baselineOf(before, await world.ringing());
  if (plan.changes === 0) log.step("nothing to change; looking at what runs");
  else {
    log.step("applying the plan");
    try {
      await plan.apply();
    } catch (error) {
      const reason = `the plan could not be applied: ${messageOf(error)}`;
      return { outcome: "failed", reason, untouched: await areUntouched(before, world, log) };
    }
  }
  log.step("waiting until every group is healthy on its image");
  try {
    const result = await watch({
      groups: world.groups,
      ringing: () => world.ringing(),
      targets: plan.images,
      baseline,
      timeoutMs: options.timeoutMs,
      pollMs: options.pollMs ?? DEFAULT_POLL_MS,
      interruption: options.interruption,
      onProgress: (groups) => {
        log.progress(groups);
      },
      onBlind: (error) => {
        log.warn(`could not look at the groups, trying again: ${messageOf(error)}`);
      },
    });
    if (result.outcome !== "healthy") return result;
    log.step("asking the stack's URL");
    return { outcome: "healthy", url: await world.check() };
  } catch (error) {
    return { outcome: "failed", reason: messageOf(error) };
  }
}

/** Whether the groups are as they were; not when that cannot be seen. */
async function areUntouched(before: readonly GroupState[], world: World, log: DeploymentLog): Promise<boolean> {
  try {
    const known = new Map(before.map((group) => [group.name, group]));
    return (await world.groups.describe()).every(({ name, image, refresh }) => {
      const group = known.get(name);
      return image === group?.image && refresh?.id === group?.refresh?.id;
    });
  } catch (error) {
    log.warn(`could not look at the groups: ${messageOf(error)}`);
    return false;
  }
}

/** Every group is healthy, whether or not that can be written down. */
export async function markHealthy(
  { world, log }: DeployOptions,
  images: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [application, image] of Object.entries(images)) {
    try {
      await world.markHealthy(application, image);
    } catch (error) {
      log.warn(`${application} ${image} could not be marked as healthy: ${messageOf(error)}`);
    }
  }
}
