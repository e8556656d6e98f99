import type {
  Activity,
  AutoScalingGroup,
  CancelInstanceRefreshCommandInput,
  DescribeAutoScalingGroupsCommandInput,
  DescribeInstanceRefreshesCommandInput,
  DescribeScalingActivitiesCommandInput,
  Instance,
  InstanceRefresh,
  InstanceRefreshStatus,
} from "@aws-sdk/client-auto-scaling";
import type { DescribeLaunchTemplateVersionsCommandInput } from "@aws-sdk/client-ec2";
import { type Answer, awsError, page } from "./answers";
import { type Course, succeeds } from "./courses";

const RUNNING: readonly InstanceRefreshStatus[] = [
  "Pending",
  "InProgress",
  "Cancelling",
  "RollbackInProgress",
  "Baking",
];

/** An Auto Scaling group with the history of its refreshes and launches. */
export class ScriptedGroup {
  /** Images of its launch template's versions, the first first */
  readonly images: string[] = [];
  instances: Instance[] = [];
  /** The newest first */
  readonly refreshes: InstanceRefresh[] = [];
  readonly activities: Activity[] = [];
  course: Iterator<void> | undefined;
  /** Whether AWS does what a cancellation asks for */
  cancellable = true;
  #serial = 0;

  constructor(
    readonly name: string,
    public desired: number,
  ) {}

  get template(): { LaunchTemplateId: string; Version: string } {
    return { LaunchTemplateId: `lt-${this.name}`, Version: String(this.images.length) };
  }

  /** The image that it launches. */
  get image(): string {
    return this.images.at(-1) ?? "";
  }

  /** The newest refresh, as long as it runs. */
  get refresh(): InstanceRefresh | undefined {
    const [newest] = this.refreshes;
    return newest?.Status !== undefined && RUNNING.includes(newest.Status) ? newest : undefined;
  }

  /** Begins an instance by its present launch template. */
  launch(LifecycleState: "Pending:Wait" | "InService" = "Pending:Wait"): Instance {
    const instance: Instance = {
      InstanceId: `i-${this.name}-${this.#next()}`,
      LaunchTemplate: this.template,
      LifecycleState,
      HealthStatus: "Healthy",
      AvailabilityZone: "eu-west-1a",
      ProtectedFromScaleIn: false,
    };
    this.instances.push(instance);
    return instance;
  }

  failLaunch(StatusMessage: string, StatusCode: "Failed" | "Cancelled" = "Failed"): void {
    this.activities.unshift({
      ActivityId: `activity-${this.#next()}`,
      AutoScalingGroupName: this.name,
      Description: "Launching a new EC2 instance",
      Cause: "an instance refresh",
      StartTime: new Date(0),
      StatusCode,
      StatusMessage,
    });
  }

  startRefresh(): void {
    if (this.refresh) throw awsError("InstanceRefreshInProgress", "An Instance Refresh is already in progress");
    const InstanceRefreshId = `refresh-${this.#next()}`;
    this.refreshes.unshift({ InstanceRefreshId, Status: "Pending", PercentageComplete: 0 });
  }

  /** Moves the newest refresh on. One that ends without success leaves no instance that is not in service. */
  progress(Status: InstanceRefreshStatus, PercentageComplete?: number, StatusReason?: string): void {
    const [newest, ...older] = this.refreshes;
    if (!newest) throw new Error(`${this.name} has no refresh`);
    const moved = { ...newest, Status, ...(PercentageComplete !== undefined && { PercentageComplete }), StatusReason };
    this.refreshes.splice(0, this.refreshes.length, moved as InstanceRefresh, ...older);
    if (this.refresh || Status === "Successful") return;
    this.course = undefined;
    this.instances = this.instances.filter(({ LifecycleState }) => LifecycleState === "InService");
  }

  /** One look later. */
  advance(): void {
    if (this.refresh?.Status !== "Cancelling") this.course?.next();
    else if (this.cancellable) this.progress("Cancelled");
  }

  describe(): AutoScalingGroup {
    return {
      AutoScalingGroupName: this.name,
      DesiredCapacity: this.desired,
      LaunchTemplate: this.template,
      Instances: this.instances.map((instance) => ({ ...instance })),
    } as AutoScalingGroup;
  }

  #next(): number {
    this.#serial += 1;
    return this.#serial;
  }
}

/** Auto Scaling groups whose refreshes take the course that the test has chosen for their image. */
export class ScriptedGroups {
  readonly #groups = new Map<string, ScriptedGroup>();
  readonly #courses = new Map<string, Course>();

  /** What becomes of instances with this image. Default: they succeed */
  course(image: string, course: Course): void {
    this.#courses.set(image, course);
  }

  /** A group that has been in service with this image for long. */
  inService(name: string, image: string, desired = 2): ScriptedGroup {
    const group = new ScriptedGroup(name, desired);
    group.images.push(image);
    for (let count = 0; count < desired; count += 1) group.launch("InService");
    this.#groups.set(name, group);
    return group;
  }

  get(name: string): ScriptedGroup {
    const group = this.#groups.get(name);
    if (!group) throw new Error(`the test has no group ${name}`);
    return group;
  }

  has(name: string): boolean {
    return this.#groups.has(name);
  }

  delete(name: string): void {
    this.#groups.delete(name);
  }

  /** What Terraform does with a new version of the launch template: makes the group, or gives it the version and a refresh. */
  change(name: string, image: string): void {
    const known = this.#groups.get(name);
    const group = known ?? new ScriptedGroup(name, 2);
    this.#groups.set(name, group);
    group.images.push(image);
    if (known) group.startRefresh();
    group.course = (this.#courses.get(image) ?? succeeds)(group);
  }

  readonly answers: Readonly<Record<string, Answer>> = {
    DescribeAutoScalingGroups: ({ AutoScalingGroupNames = [], NextToken }: DescribeAutoScalingGroupsCommandInput) => {
      const found = AutoScalingGroupNames.flatMap((name) => this.#groups.get(name) ?? []);
      const { items, next } = page(found, NextToken, 1);
      const AutoScalingGroups = items.map((group) => {
        group.advance();
        return group.describe();
      });
      return { AutoScalingGroups, ...(next !== undefined && { NextToken: next }) };
    },
    DescribeInstanceRefreshes: ({ AutoScalingGroupName = "" }: DescribeInstanceRefreshesCommandInput) => ({
      InstanceRefreshes: this.get(AutoScalingGroupName).refreshes.slice(0, 1),
    }),
    DescribeScalingActivities: ({ AutoScalingGroupName = "" }: DescribeScalingActivitiesCommandInput) => ({
      Activities: this.get(AutoScalingGroupName).activities,
    }),
    CancelInstanceRefresh: ({ AutoScalingGroupName = "" }: CancelInstanceRefreshCommandInput) => {
      const group = this.get(AutoScalingGroupName);
      if (!group.refresh)
        throw awsError("ActiveInstanceRefreshNotFound", "No in progress or pending Instance Refresh found");
      group.progress("Cancelling");
      return { InstanceRefreshId: group.refresh.InstanceRefreshId };
    },
    DescribeLaunchTemplateVersions: ({
      LaunchTemplateId = "",
      Versions = [],
    }: DescribeLaunchTemplateVersionsCommandInput) => {
      const { images } = this.get(LaunchTemplateId.replace(/^lt-/, ""));
      const LaunchTemplateVersions = Versions.map(Number).map((number) => ({
        LaunchTemplateId,
        VersionNumber: number,
        LaunchTemplateData: { ImageId: images[number - 1] },
      }));
      return { LaunchTemplateVersions };
    },
  };
}
