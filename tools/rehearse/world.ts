import { setTimeout as sleep } from "node:timers/promises";
import type { Fleet } from "../local/fleet/fleet";
import type { LocalImage } from "../local/plan";
import type { LocalStack } from "../local/stack";
import type { Plan, World } from "../release/rollout/deployment";
import type { GroupState, Groups } from "../release/rollout/groups";
import type { ImageHistory } from "../release/rollout/previous-image";
import { application } from "./builds";

/** How long the stack's URL may take to answer after a roll-out. */
const urlPatienceMs = 30_000;

/** What a release changes, on this machine: the fleets of a LocalStack take the place of AWS's groups and of Terraform. */
export class LocalWorld implements World {
  readonly groups: Groups;
  readonly applications: ReadonlyMap<string, string>;
  private readonly images: ReadonlyMap<string, LocalImage>;
  /** What was published, the newest first */
  private readonly published: string[];
  private healthy: string;

  /**
   * @param images those that can be published
   * @param first the one that the fleets run
   */
  constructor(
    private readonly local: LocalStack,
    images: readonly LocalImage[],
    first: LocalImage,
  ) {
    this.images = new Map(images.map((image) => [image.name, image]));
    this.published = [first.name];
    this.healthy = first.name;
    this.applications = new Map([...local.fleets.keys()].map((fleet) => [fleet, application]));
    this.groups = {
      describe: () => Promise.resolve([...local.fleets.values()].map(stateOf)),
      cancelRefresh: (group) => {
        cancel(local.fleet(group));
        return Promise.resolve();
      },
    };
  }

  /** The image that is published now */
  get current(): LocalImage {
    const [name = ""] = this.published;
    const image = this.images.get(name);
    if (image === undefined) throw new Error(`there is no image ${name}`);
    return image;
  }

  /** Nothing measures what the alarms of the stack watch. */
  ringing(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  plan(): Promise<Plan> {
    const image = this.current;
    const fleets = [...this.local.fleets.values()];
    return Promise.resolve({
      changes: fleets.filter((fleet) => fleet.image !== image.name).length,
      images: new Map(fleets.map(({ name }) => [name, image.name])),
      apply: () => {
        this.local.startRefresh(image);
        return Promise.resolve();
      },
    });
  }

  history(): Promise<ReadonlyMap<string, ImageHistory>> {
    const history = { published: this.current.name, images: [...this.published], healthy: this.healthy };
    return Promise.resolve(new Map([[application, history]]));
  }

  publish(_application: string, image: string): Promise<void> {
    this.published.unshift(image);
    return Promise.resolve();
  }

  markHealthy(_application: string, image: string): Promise<void> {
    this.healthy = image;
    return Promise.resolve();
  }

  async check(): Promise<string | undefined> {
    const { url } = this.local;
    if (url === undefined) return undefined;
    const end = Date.now() + urlPatienceMs;
    for (;;) {
      const response = await fetch(url);
      await response.body?.cancel();
      if (response.ok) return url;
      if (Date.now() > end) throw new Error(`${url} answers with status ${response.status}`);
      await sleep(500);
    }
  }
}

function stateOf(fleet: Fleet): GroupState {
  const serving = new Set(fleet.serving);
  return {
    name: fleet.name,
    desired: fleet.desiredCapacity,
    image: fleet.image,
    instances: fleet.allInstances.map((instance) => ({
      id: instance.id,
      current: instance.image === fleet.image,
      ready: serving.has(instance),
    })),
    refresh: fleet.refresh,
    failedLaunches: fleet.failedLaunches,
  };
}

function cancel(fleet: Fleet): void {
  try {
    fleet.cancelRefresh();
  } catch (error) {
    // It came to its end by itself.
    if ((error as Error).name !== "ActiveInstanceRefreshNotFound") throw error;
  }
}
