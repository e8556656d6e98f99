import { AutoscalingGroup, type AutoscalingGroupInstanceRefresh } from "@cdktf/provider-aws/lib/autoscaling-group";
import { Fn, Token, type ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import type { Alarm } from "./alarms";
import { backlogPerInstance, type BacklogProps } from "./backlog";
import { LaunchTemplate } from "./launch-template";
import type { MachineImage } from "./machine-image";
import { ScheduledAction, type ScheduledActionProps } from "./scheduled-action";
import { ServiceMachines, type ServiceMachinesProps } from "./service-machines";
import { Stack } from "./stack";
import { StepScaling, type StepScalingProps } from "./step-scaling";
import { TargetTracking, type TargetTrackingProps } from "./target-tracking";
import { isIntegerBetween, rule, validate } from "./validation";

/** Name of the lifecycle hook that holds a new machine back until its boot script reports. */
const LAUNCHING_HOOK = "launching";
/** Seconds for which the hook waits before it gives the machine up. */
const HEARTBEAT_TIMEOUT = 600;
/** Percentages of the group's size that have to be healthy, and that there may be, while machines are replaced. */
const LAUNCH_BEFORE_TERMINATING = { minHealthyPercentage: 100, maxHealthyPercentage: 200 };
const TERMINATE_AND_LAUNCH = { minHealthyPercentage: 0, maxHealthyPercentage: 100 };
/** Alarms that an instance refresh can watch, by AWS's API. */
const MAX_REFRESH_ALARMS = 10;

export interface Capacity {
  /** Machines at least. */
  readonly min: number;
  /** Machines at most. */
  readonly max: number;
  /** Machines to begin with; later the fleet's size is left to what scales it. Default: `min`. */
  readonly initial?: number;
}

/** A target group of a load balancer that a fleet serves in. */
export interface AttachedTarget {
  readonly targetGroupArn: string;
  /** By what Auto Scaling knows the requests to the target group. */
  readonly resourceLabel: string;
  /** What sends requests to the target group. */
  readonly listeners: readonly ITerraformDependable[];
}

export interface AutoScalingGroupProps extends ServiceMachinesProps {
  readonly image: MachineImage;
  /** Default: `t3.micro`, the smallest that runs a small service. */
  readonly instanceType?: string;
  readonly capacity: Capacity;
  readonly health: {
    /** `ELB`: unhealthy in its target group counts as dead. `EC2`: only a failed machine does. */
    readonly check: "EC2" | "ELB";
    /** Seconds after launch in which a failed check does not count. */
    readonly gracePeriod: number;
  };
  /**
   * What comes first when a machine is replaced, for whatever reason. `terminate-and-launch` is for what must not run twice,
   * and means that nothing runs in between; the new machine may boot while the old one still ends
   * (https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-maintenance-policy-overview-and-considerations.html).
   * Default: `launch-before-terminating`.
   */
  readonly replacement?: "launch-before-terminating" | "terminate-and-launch";
  /** GiB of a machine's disk. Default: as large as the image's. */
  readonly diskSize?: number;
}

/**
 * A fleet of identical machines over the VPC's zones, kept between two sizes.
 *
 * A machine counts only once its own boot script has seen the service answer. Any change of the launch template (a new
 * image above all) replaces the machines one after the other, while the fleet's alarms are watched. Terraform starts that
 * and does not wait for it.
 */
export class AutoScalingGroup extends ServiceMachines {
  readonly resource: AutoscalingGroup;
  readonly launchTemplate: LaunchTemplate;
  readonly capacity: Capacity;
  readonly instanceType: string;
  /** Seconds after launch in which a failed health check does not count. */
  readonly gracePeriod: number;
  readonly #exclusive: boolean;
  readonly #targets: AttachedTarget[] = [];
  readonly #alarmNames: string[] = [];
  readonly #ignored = new Set<string>();

  /** @throws Error for sizes, times, ports or variables outside of what is allowed */
  constructor(scope: Construct, id: string, props: AutoScalingGroupProps) {
    const { vpc, image, instanceType = "t3.micro", capacity, health, diskSize } = props;
    const { min, max, initial } = capacity;
    super(scope, id, props, HEARTBEAT_TIMEOUT - 60, [
      rule("capacity.max", max, isIntegerBetween(1, 1000), "1 to 1000"),
      rule("capacity.min", min, isIntegerBetween(0, max), `0 to capacity.max (${max})`),
      rule("capacity.initial", initial, isIntegerBetween(min, max), `capacity.min to capacity.max (${min} to ${max})`),
      rule("health.gracePeriod", health.gracePeriod, isIntegerBetween(0, 7200), "0 to 7200 seconds"),
    ]);
    this.capacity = capacity;
    this.instanceType = instanceType;
    this.gracePeriod = health.gracePeriod;
    this.#exclusive = props.replacement === "terminate-and-launch";
    const stack = Stack.of(this);
    const name = this.machineName;

    this.role.allow("lifecycle-hook", {
      actions: ["autoscaling:CompleteLifecycleAction"],
      resources: [stack.arn("autoscaling", `autoScalingGroup:*:autoScalingGroupName/${name}`)],
    });
    this.launchTemplate = new LaunchTemplate(this, "launch-template", {
      image,
      instanceType,
      role: this.role,
      securityGroup: this.securityGroup,
      bootScript: (template) => this.bootScript(template, LAUNCHING_HOOK),
      diskSize,
    });
    this.resource = new AutoscalingGroup(this, "group", {
      name,
      minSize: min,
      maxSize: max,
      desiredCapacity: initial ?? min,
      vpcZoneIdentifier: vpc.instanceSubnetIds,
      healthCheckType: health.check,
      healthCheckGracePeriod: health.gracePeriod,
      launchTemplate: {
        id: this.launchTemplate.resource.id,
        // A number, never $Latest: only a number starts a refresh, and only a number can be rolled back to.
        version: Token.asString(Fn.tostring(this.launchTemplate.resource.latestVersion)),
      },
      initialLifecycleHook: [
        {
          name: LAUNCHING_HOOK,
          lifecycleTransition: "autoscaling:EC2_INSTANCE_LAUNCHING",
          heartbeatTimeout: HEARTBEAT_TIMEOUT,
          defaultResult: "ABANDON",
        },
      ],
      instanceRefresh: this.#instanceRefresh(),
      // For replacements beside a refresh: of unhealthy machines, and by rebalancing, which would launch first.
      instanceMaintenancePolicy: this.#exclusive ? TERMINATE_AND_LAUNCH : undefined,
      tag: Object.entries({ ...stack.tags, Name: name }).map(([key, value]) => ({
        key,
        value,
        propagateAtLaunch: true,
      })),
      // The way out and the permissions come first: a machine that boots without them reports a failure.
      dependsOn: [...vpc.internetRoutes, ...this.waysOut],
    });
    this.role.requireBefore(this.resource);
    this.ignoreChangesOf("desired_capacity");
  }

  /** The target groups that it serves in. */
  get targets(): readonly AttachedTarget[] {
    return this.#targets;
  }

  /** Serves as targets of a load balancer's target group, which is allowed to reach the service's port. */
  attachTo(target: AttachedTarget): void {
    this.#targets.push(target);
    this.resource.targetGroupArns = this.#targets.map(({ targetGroupArn }) => targetGroupArn);
  }

  /** Leaves an attribute of the group to what changes it at run time, after its creation. */
  ignoreChangesOf(attribute: "desired_capacity" | "min_size" | "max_size"): void {
    this.#ignored.add(attribute);
    this.resource.lifecycle = { ignoreChanges: [...this.#ignored] };
  }

  /**
   * Ends the replacement of machines when an alarm rings during it.
   * @throws Error for more alarms than AWS watches
   */
  watch(alarm: Alarm): void {
    this.#alarmNames.push(alarm.resource.alarmName);
    validate(this, [
      rule("alarms", this.#alarmNames.length, (n) => n <= MAX_REFRESH_ALARMS, `at most ${MAX_REFRESH_ALARMS}`),
    ]);
    this.resource.putInstanceRefresh(this.#instanceRefresh());
  }

  /**
   * Grows and shrinks in steps while a metric is above or below a value: an alarm and a policy in each direction.
   * @throws Error for steps that have gaps, overlap or go the wrong way
   */
  scaleOnMetric(id: string, props: StepScalingProps): StepScaling {
    return new StepScaling(this, id, props);
  }

  /**
   * Keeps a metric at a value: average CPU, requests per target, network, or any metric that falls as the fleet grows.
   * @throws Error for a target or a metric that AWS cannot track
   */
  scaleToTarget(id: string, props: TargetTrackingProps): TargetTracking {
    return new TargetTracking(this, id, props);
  }

  /**
   * Keeps the messages that wait in a queue at a number for each machine in service: the way to scale on a queue.
   * @throws Error for a fleet that may have no machine, for which there is no such number
   */
  scaleToBacklog(id: string, { queue, perInstance, warmup }: BacklogProps): TargetTracking {
    validate(this, [rule("capacity.min", this.capacity.min, (min) => min >= 1, "1 or more where the backlog scales")]);
    return this.scaleToTarget(id, { metric: backlogPerInstance(queue, this), target: perInstance, warmup });
  }

  /**
   * Changes its size at a time, once or again and again.
   * @throws Error for a time that is none, or sizes that contradict each other
   */
  scaleOnSchedule(id: string, props: ScheduledActionProps): ScheduledAction {
    return new ScheduledAction(this, id, props);
  }

  #instanceRefresh(): AutoscalingGroupInstanceRefresh {
    return {
      strategy: "Rolling",
      preferences: {
        ...(this.#exclusive ? TERMINATE_AND_LAUNCH : LAUNCH_BEFORE_TERMINATING),
        instanceWarmup: String(this.gracePeriod),
        ...(this.#alarmNames.length > 0 ? { alarmSpecification: { alarms: this.#alarmNames } } : {}),
      },
    };
  }
}
