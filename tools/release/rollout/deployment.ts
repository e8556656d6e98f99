import { RefusedError } from "../errors";
import { isRunning, type Groups } from "./groups";
import type { GroupProgress } from "./judge";
import { imageToPutBack, type ImageHistory } from "./previous-image";
import { putBack } from "./put-back";
import { markHealthy, rollOut } from "./roll-out";
import type { Interruption } from "./watch";

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
