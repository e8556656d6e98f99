import { setTimeout as sleep } from "node:timers/promises";
import { FailedError, messageOf } from "../errors";
import type { DeploymentReport, DeployOptions } from "./deployment";
import { isRunning } from "./groups";
import { DEFAULT_POLL_MS, markHealthy, rollOut } from "./roll-out";

/**
 * The way back from a deployment that has failed: cancels what runs, publishes the previous images and deploys them.
 * @param images that the deployment was about, by application
 * @param previous to be put back, by application
 */
export async function putBack(
  options: DeployOptions,
  images: Readonly<Record<string, string>>,
  previous: ReadonlyMap<string, string>,
  failure: { readonly reason: string; readonly untouched?: boolean },
): Promise<Pick<DeploymentReport, "outcome" | "restored" | "rollbackReason">> {
  const { world, log } = options;
  log.warn(`failed: ${failure.reason}`);
  if (failure.untouched === true) {
    return { outcome: "not-applied" };
  }
  if (options.rollBack === false) return { outcome: "failed", rollbackReason: "rolling back was not asked for" };
  try {
    await cancelAll(options);
    const current = await world.history();
    const others = [...current].filter(([application, { published }]) => published !== images[application]);
    if (others.length > 0) {
      const which = others.map(([application, { published }]) => `${application} ${published}`).join(", ");
      return { outcome: "superseded", rollbackReason: `somebody else has published ${which} meanwhile` };
    }
    const changed = [...previous].filter(([application, image]) => images[application] !== image);
    if (changed.length === 0) {
      return {
        outcome: "failed",
        rollbackReason: "there is no other image to put back: mend the stack or the image, and deploy again",
      };
    }
    for (const [application, image] of changed) {
      log.step(`putting back ${application} ${image}`);
      await world.publish(application, image, `rolled back: ${failure.reason}`);
    }
    const result = await rollOut(options, await world.plan());
    if (result.outcome !== "healthy") return { outcome: result.outcome, rollbackReason: result.reason };
    const restored = Object.fromEntries(changed);
    await markHealthy(options, restored);
    return { outcome: "rolled-back", restored };
  } catch (error) {
    return { outcome: "failed", rollbackReason: messageOf(error) };
  }
}

/** Cancels every running refresh, and waits until AWS has ended them: a group takes no other one before. */
async function cancelAll({ world, log, timeoutMs, pollMs = DEFAULT_POLL_MS }: DeployOptions): Promise<void> {
  const end = Date.now() + timeoutMs;
  const asked = new Set<string>();
  for (;;) {
    const running = (await world.groups.describe()).filter(
      ({ refresh }) => refresh !== undefined && isRunning(refresh),
    );
    if (running.length === 0) return;
    if (Date.now() > end) {
      throw new FailedError(`the refresh of ${running.map(({ name }) => name).join(", ")} could not be cancelled`);
    }
    for (const { name } of running) {
      if (asked.has(name)) continue;
      log.step(`cancelling the refresh of ${name}`);
      await world.groups.cancelRefresh(name);
      asked.add(name);
    }
    await sleep(pollMs);
  }
}
