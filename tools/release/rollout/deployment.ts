import { setTimeout as sleep } from "node:timers/promises";
import { FailedError, RefusedError, messageOf } from "../errors";
import { isRunning, type GroupState, type Groups } from "./groups";
import { baselineOf, type GroupProgress } from "./judge";
import { imageToPutBack, type ImageHistory } from "./previous-image";
import { watch, type Interruption, type WatchResult } from "./watch";

/** A change that Terraform has worked out and not made yet. */
export interface Plan {
  /** How many resources and outputs it changes */
  readonly changes: number;
  /** The image that each group launches after it, by the group's name; only groups with a released image are in it */
  readonly images: ReadonlyMap<string, string>;
  apply(): Promise<void>;
}

/** What a deployment needs of the world: AWS and Terraform, or a rehearsal. */
export interface World {
  readonly groups: Groups;
  /** Names of the stack's alarms that ring now */
  ringing(): Promise<readonly string[]>;
  /** Works out the change to the images that are published now, and shows it */
  plan(): Promise<Plan>;
  /** The released applications of the stack, with what was published for them, the newest first */
  history(): Promise<ReadonlyMap<string, ImageHistory>>;
  /** Which application's image each group runs, by the group's name */
  readonly applications: ReadonlyMap<string, string>;
  /** Publishes an earlier image again, in place of one that has failed */
  publish(application: string, image: string, why: string): Promise<void>;
  /** Remembers that an application's image was seen healthy, for later deployments to go back to */
  markHealthy(application: string, image: string): Promise<void>;
  /** Asks the stack's URL until it answers. @returns the URL, when the stack has one. @throws Error when it does not answer */
  check(): Promise<string | undefined>;
}

/** Told how a deployment goes, as it goes. */
export interface DeploymentLog {
  step(text: string): void;
  progress(groups: readonly GroupProgress[]): void;
  warn(text: string): void;
}

export interface DeployOptions {
  readonly world: World;
  readonly log: DeploymentLog;
  /** A plan that was made, and approved, earlier. Default: one made now */
  readonly plan?: Plan | undefined;
  /** Asked before the plan is applied. Default: it is applied */
  readonly confirm?: (plan: Plan) => Promise<boolean>;
  readonly interruption: Interruption;
  readonly timeoutMs: number;
  /** Milliseconds between two looks at the groups. Default: 5 s */
  readonly pollMs?: number;
  /** Whether a failure puts the previous images back. Default: true */
  readonly rollBack?: boolean;
}

/** How a deployment ended. */
export interface DeploymentReport {
  /**
   * `not-applied`: the plan failed before it changed a group. `failed`: it failed and what was there before is not back.
   * `superseded`: another release has taken over and was left alone. `left`: AWS goes on by itself.
   */
  readonly outcome: "deployed" | "not-applied" | "rolled-back" | "failed" | "superseded" | "left" | "declined";
  /** What went wrong; undefined when nothing did */
  readonly reason?: string;
  /** What was put back, by application */
  readonly restored?: Readonly<Record<string, string>>;
  /** Why putting the previous images back did not work */
  readonly rollbackReason?: string;
  readonly images: Readonly<Record<string, string>>;
  readonly url?: string;
}

const DEFAULT_POLL_MS = 5_000;

/**
 * Plans, applies that plan, and follows the groups until all are healthy on their images and the stack's URL answers. On
 * failure it cancels what runs, publishes the previous images, deploys those, and follows them as well.
 * @throws RefusedError when it must not begin: nothing is changed then
 */
export async function deploy(options: DeployOptions): Promise<DeploymentReport> {
  const { world } = options;
  const before = await world.groups.describe();
  const busy = before.filter(({ refresh }) => refresh !== undefined && isRunning(refresh));
  if (busy.length > 0) {
    const which = busy.map(({ name, refresh }) => `${name} (${refresh?.status ?? ""}, ${refresh?.percentage ?? 0} %)`);
    throw new RefusedError(
      `an instance refresh is running already: ${which.join(", ")}. Wait for it, or cancel it: ` +
        `aws autoscaling cancel-instance-refresh --auto-scaling-group-name ${busy[0]?.name ?? ""}`,
    );
  }
  const history = await world.history();
  const plan = options.plan ?? (await world.plan());
  const images = Object.fromEntries([...history].map(([application, { published }]) => [application, published]));
  refuseOtherImages(plan, world, images);
  if (plan.changes > 0 && options.confirm && !(await options.confirm(plan))) return { outcome: "declined", images };

  const running = new Map(before.map(({ name, image }) => [name, image]));
  const previous = new Map<string, string>();
  for (const [application, entries] of history) {
    const groups = [...world.applications].filter(([, name]) => name === application).map(([group]) => group);
    const image = imageToPutBack(
      entries,
      groups.map((group) => running.get(group)),
    );
    if (image !== undefined) previous.set(application, image);
  }

  const result = await rollOut(options, plan);
  if (result.outcome === "healthy") {
    await markHealthy(options, images);
    return { outcome: "deployed", images, ...(result.url === undefined ? {} : { url: result.url }) };
  }
  if (result.outcome !== "failed") return { outcome: result.outcome, reason: result.reason, images };
  return { ...(await putBack(options, images, previous, result)), reason: result.reason, images };
}

/** Every group is healthy, whether or not that can be written down. */
async function markHealthy({ world, log }: DeployOptions, images: Readonly<Record<string, string>>): Promise<void> {
  for (const [application, image] of Object.entries(images)) {
    try {
      await world.markHealthy(application, image);
    } catch (error) {
      log.warn(`${application} ${image} could not be marked as healthy: ${messageOf(error)}`);
    }
  }
}

type RollOutResult =
  | { readonly outcome: "healthy"; readonly url: string | undefined }
  | (Exclude<WatchResult, { outcome: "healthy" }> & { readonly untouched?: boolean });

/** Applies a plan and follows the groups to its end. */
async function rollOut({ world, log, ...options }: DeployOptions, plan: Plan): Promise<RollOutResult> {
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

/** Cancels what runs, publishes the previous images and deploys them. */
async function putBack(
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

/** A plan that was made before another release has changed what is published would undo that release. */
function refuseOtherImages(plan: Plan, world: World, images: Readonly<Record<string, string>>): void {
  for (const [group, image] of plan.images) {
    const application = world.applications.get(group);
    if (application === undefined || images[application] === image) continue;
    throw new RefusedError(
      `the plan puts ${group} on ${image}, but the published image of ${application} is ` +
        `${images[application] ?? "none"} now: make, and approve, a new plan`,
    );
  }
}
