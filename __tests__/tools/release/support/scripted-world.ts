import { ringing } from "../../../../tools/release/aws/alarms";
import { AwsGroups } from "../../../../tools/release/aws/groups";
import { imageParameter, markHealthy, publications, toHistory } from "../../../../tools/release/aws/parameters";
import { FailedError } from "../../../../tools/release/errors";
import { publish } from "../../../../tools/release/publish";
import type { Plan, World } from "../../../../tools/release/rollout/deployment";
import type { ImageHistory } from "../../../../tools/release/rollout/previous-image";
import type { ScriptedAws } from "./scripted-aws";

export const ENVIRONMENT = "dev";

/** A stack in the scripted AWS. Only Terraform is left out: a plan changes the groups as Terraform would. */
export class ScriptedWorld implements World {
  readonly groups: AwsGroups;
  /** Alarms of the stack */
  readonly alarms = ["queue-age", "web-5xx"];
  /** Images with which the stack's URL does not answer */
  readonly deaf = new Set<string>();
  /** Called before Terraform changes a group; what it throws is Terraform's failure */
  beforeChange: (group: string) => void = () => undefined;
  /** Raised when something else than the image changes in the launch templates */
  configuration = 1;
  #configured = new Map<string, number>();

  constructor(
    private readonly aws: ScriptedAws,
    /** Which application's image each group runs */
    readonly applications: ReadonlyMap<string, string>,
  ) {
    this.groups = new AwsGroups(aws.clients, [...applications.keys()]);
    this.#configured = new Map([...applications.keys()].map((group) => [group, 1]));
  }

  ringing(): Promise<readonly string[]> {
    return ringing(this.aws.clients.cloudWatch, this.alarms);
  }

  plan(): Promise<Plan> {
    const images = new Map([...this.applications].map(([group, application]) => [group, this.#published(application)]));
    const { configuration } = this;
    const changed = [...images].filter(
      ([group, image]) =>
        !this.aws.groups.has(group) ||
        this.aws.groups.get(group).image !== image ||
        this.#configured.get(group) !== configuration,
    );
    return Promise.resolve({
      changes: changed.length,
      images,
      apply: async () => {
        for (const [group, image] of changed) {
          await Promise.resolve();
          this.beforeChange(group);
          this.aws.groups.change(group, image);
          this.#configured.set(group, configuration);
        }
      },
    });
  }

  async history(): Promise<ReadonlyMap<string, ImageHistory>> {
    const histories = new Map<string, ImageHistory>();
    for (const application of new Set(this.applications.values())) {
      histories.set(application, toHistory(await publications(this.aws.clients.ssm, ENVIRONMENT, application)));
    }
    return histories;
  }

  async publish(application: string, image: string, why: string): Promise<void> {
    await publish(this.aws.clients, { application, environment: ENVIRONMENT, image, why, takesBack: true });
  }

  async markHealthy(application: string, image: string): Promise<void> {
    await markHealthy(this.aws.clients.ssm, imageParameter(ENVIRONMENT, application), image);
  }

  check(): Promise<string> {
    const deaf = [...this.applications.keys()].some((group) => this.deaf.has(this.aws.groups.get(group).image));
    if (deaf)
      return Promise.reject(new FailedError("http://example.test does not answer: status 503 (tried for 180 s)"));
    return Promise.resolve("http://example.test");
  }

  #published(application: string): string {
    const image = this.aws.parameters.value(imageParameter(ENVIRONMENT, application));
    if (image === undefined) throw new FailedError(`terraform plan failed: no image of ${application} is published`);
    return image;
  }
}
