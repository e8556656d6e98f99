import { AutoscalingGroup, type AutoscalingGroupInstanceRefresh } from "@cdktf/provider-aws/lib/autoscaling-group";
import { Fn, Token, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { Alarm } from "./alarms";
import { backlogPerInstance, type BacklogProps } from "./backlog";
import { LaunchTemplate } from "./launch-template";
import { LogGroup } from "./log-group";
import type { MachineImage } from "./machine-image";
import { Role, type Grantee } from "./role";
import { ScheduledAction, type ScheduledActionProps } from "./scheduled-action";
import { SecurityGroup, type Outbound } from "./security-group";
import { serviceRules, type Service } from "./service";
import { Stack, nameOf } from "./stack";
import { StepScaling, type StepScalingProps } from "./step-scaling";
import { TargetTracking, type TargetTrackingProps } from "./target-tracking";
import { isIntegerBetween, rule, validate } from "./validation";
import type { IVpc } from "./vpc";

/** Name of the lifecycle hook that holds a new machine back until its boot script reports. */
const LAUNCHING_HOOK = "launching";
/** Seconds for which the hook waits before it gives the machine up. */
const HEARTBEAT_TIMEOUT = 600;
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

export interface AutoScalingGroupProps {
  readonly vpc: IVpc;
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
  readonly service: Service;
  /** What its machines may connect to. Default: `https`, without which no machine can boot. */
  readonly outbound?: readonly Outbound[];
}

/**
 * A fleet of identical machines over the VPC's zones, kept between two sizes.
 *
 * A machine counts only once its own boot script has seen the service answer. Any change of the launch template (a new
 * image above all) replaces the machines one after the other, launching before terminating, while the fleet's alarms are
 * watched. Terraform starts that and does not wait for it.
 */
export class AutoScalingGroup extends Construct implements Grantee {
  readonly resource: AutoscalingGroup;
  readonly launchTemplate: LaunchTemplate;
  readonly role: Role;
  readonly securityGroup: SecurityGroup;
  /** Where baked images ship the service's log; absent for machines that install at boot. */
  readonly logGroup: LogGroup | undefined;
  readonly service: Service;
  readonly capacity: Capacity;
  /** Seconds after launch in which a failed health check does not count. */
  readonly gracePeriod: number;
  readonly #targets: AttachedTarget[] = [];
  readonly #alarmNames: string[] = [];
  readonly #ignored = new Set<string>();

  /** @throws Error for sizes, times, ports or variables outside of what is allowed */
  constructor(scope: Construct, id: string, props: AutoScalingGroupProps) {
    super(scope, id);
    const { vpc, image, instanceType = "t3.micro", capacity, health, service, outbound = ["https"] } = props;
    const { min, max, initial } = capacity;
    const { unit, port, healthPath = "/health", environment = {}, bootTimeout = 300, install } = service;
    validate(this, [
      rule("capacity.max", max, isIntegerBetween(1, 1000), "1 to 1000"),
      rule("capacity.min", min, isIntegerBetween(0, max), `0 to capacity.max (${max})`),
      rule("capacity.initial", initial, isIntegerBetween(min, max), `capacity.min to capacity.max (${min} to ${max})`),
      rule("health.gracePeriod", health.gracePeriod, isIntegerBetween(0, 7200), "0 to 7200 seconds"),
      rule("outbound", outbound, (list) => list.includes("https"), "https among them"),
      ...serviceRules(service, HEARTBEAT_TIMEOUT - 60),
    ]);
    this.service = service;
    this.capacity = capacity;
    this.gracePeriod = health.gracePeriod;
    const stack = Stack.of(this);
    const name = nameOf(this);

    this.role = new Role(this, "role", { service: "ec2.amazonaws.com", description: `Machines of ${name}` });
    this.role.allowSessionManager();
    this.role.allow("lifecycle-hook", {
      actions: ["autoscaling:CompleteLifecycleAction"],
      resources: [stack.arn("autoscaling", `autoScalingGroup:*:autoScalingGroupName/${name}`)],
    });
    this.logGroup = install === undefined ? new LogGroup(this, "logs") : undefined;
    this.logGroup?.grant(this, ["logs:CreateLogStream", "logs:PutLogEvents"]);
    this.securityGroup = new SecurityGroup(this, "security-group", { vpc, description: `Machines of ${name}` });
    const waysOut = this.securityGroup.allowOut(outbound, vpc);

    this.launchTemplate = new LaunchTemplate(this, "launch-template", {
      image,
      instanceType,
      role: this.role,
      securityGroup: this.securityGroup,
      bootScript: {
        unit,
        port,
        healthPath,
        environment,
        timeout: bootTimeout,
        region: stack.region,
        logGroup: this.logGroup?.resource.name,
        group: name,
        hook: LAUNCHING_HOOK,
        install,
      },
    });
    this.resource = new AutoscalingGroup(this, "group", {
      name,
      minSize: min,
      maxSize: max,
      desiredCapacity: initial,
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
      tag: Object.entries({ ...stack.tags, Name: name }).map(([key, value]) => ({
        key,
        value,
        propagateAtLaunch: true,
      })),
      // The way out and the permissions come first: a machine that boots without them reports a failure.
      dependsOn: [...vpc.internetRoutes, ...waysOut],
    });
    this.role.requireBefore(this.resource);
    if (initial !== undefined) this.ignoreChangesOf("desired_capacity");
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
        // Launch before terminate.
        minHealthyPercentage: 100,
        maxHealthyPercentage: 200,
        instanceWarmup: String(this.gracePeriod),
        ...(this.#alarmNames.length > 0 ? { alarmSpecification: { alarms: this.#alarmNames } } : {}),
      },
    };
  }
}
