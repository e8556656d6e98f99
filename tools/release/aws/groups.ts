import {
  type AutoScalingClient,
  type AutoScalingGroup,
  CancelInstanceRefreshCommand,
  DescribeInstanceRefreshesCommand,
  DescribeScalingActivitiesCommand,
  type Instance,
  type LaunchTemplateSpecification,
  paginateDescribeAutoScalingGroups,
} from "@aws-sdk/client-auto-scaling";
import { DescribeLaunchTemplateVersionsCommand, type EC2Client } from "@aws-sdk/client-ec2";
import type { FailedLaunch, GroupState, Groups, Refresh } from "../rollout/groups";

/** Activities that are looked at: enough for the few launches of one replacement. */
const RECENT_ACTIVITIES = 20;

/** The Auto Scaling groups of a stack in AWS. */
export class AwsGroups implements Groups {
  /** Image of a launch template's numbered version: that never changes. */
  readonly #images = new Map<string, string | undefined>();

  /** @param names of the stack's groups, those included that do not exist yet */
  constructor(
    private readonly clients: { readonly autoScaling: AutoScalingClient; readonly ec2: EC2Client },
    private readonly names: readonly string[],
  ) {}

  async describe(): Promise<GroupState[]> {
    // Without a name AWS would describe every group of the account.
    if (this.names.length === 0) return [];
    const groups: AutoScalingGroup[] = [];
    const request = { AutoScalingGroupNames: [...this.names] };
    for await (const page of paginateDescribeAutoScalingGroups({ client: this.clients.autoScaling }, request)) {
      groups.push(...(page.AutoScalingGroups ?? []));
    }
    return Promise.all(groups.map((group) => this.#stateOf(group)));
  }

  async cancelRefresh(group: string): Promise<void> {
    try {
      await this.clients.autoScaling.send(new CancelInstanceRefreshCommand({ AutoScalingGroupName: group }));
    } catch (error) {
      // It came to its end by itself.
      if (!(error instanceof Error && error.name.startsWith("ActiveInstanceRefreshNotFound"))) throw error;
    }
  }

  async #stateOf(group: AutoScalingGroup): Promise<GroupState> {
    const name = group.AutoScalingGroupName ?? "";
    const template =
      group.LaunchTemplate ?? group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification ?? {};
    const [image, refresh, failedLaunches] = await Promise.all([
      this.#imageOf(template),
      this.#newestRefresh(name),
      this.#failedLaunches(name),
    ]);
    return {
      name,
      desired: group.DesiredCapacity ?? 0,
      image,
      instances: (group.Instances ?? []).map((instance) => ({
        id: instance.InstanceId ?? "",
        current: sameTemplate(instance, template),
        ready: instance.LifecycleState === "InService" && instance.HealthStatus === "Healthy",
      })),
      refresh,
      failedLaunches,
    };
  }

  async #imageOf(template: LaunchTemplateSpecification): Promise<string | undefined> {
    const { LaunchTemplateId, Version = "$Default" } = template;
    if (LaunchTemplateId === undefined) return undefined;
    const key = `${LaunchTemplateId}:${Version}`;
    const known = this.#images.get(key);
    if (known !== undefined) return known;
    const { LaunchTemplateVersions = [] } = await this.clients.ec2.send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: [Version] }),
    );
    const image = LaunchTemplateVersions[0]?.LaunchTemplateData?.ImageId;
    if (!Version.startsWith("$")) this.#images.set(key, image);
    return image;
  }

  async #newestRefresh(group: string): Promise<Refresh | undefined> {
    const { InstanceRefreshes = [] } = await this.clients.autoScaling.send(
      new DescribeInstanceRefreshesCommand({ AutoScalingGroupName: group, MaxRecords: 1 }),
    );
    const [newest] = InstanceRefreshes;
    if (newest?.InstanceRefreshId === undefined || newest.Status === undefined) return undefined;
    return {
      id: newest.InstanceRefreshId,
      status: newest.Status,
      percentage: newest.PercentageComplete ?? 0,
      reason: newest.StatusReason,
    };
  }

  async #failedLaunches(group: string): Promise<FailedLaunch[]> {
    const { Activities = [] } = await this.clients.autoScaling.send(
      new DescribeScalingActivitiesCommand({ AutoScalingGroupName: group, MaxRecords: RECENT_ACTIVITIES }),
    );
    return Activities.filter(
      ({ StatusCode, Description = "" }) =>
        (StatusCode === "Failed" || StatusCode === "Cancelled") && Description.startsWith("Launching"),
    ).map(({ ActivityId = "", StatusMessage, Description = "" }) => ({
      id: ActivityId,
      reason: StatusMessage ?? Description,
    }));
  }
}

function sameTemplate(instance: Instance, template: LaunchTemplateSpecification): boolean {
  const { LaunchTemplateId, Version } = instance.LaunchTemplate ?? {};
  return LaunchTemplateId === template.LaunchTemplateId && Version === template.Version;
}
