import { AutoscalingGroup, type AutoscalingGroupInstanceRefresh } from "@cdktf/provider-aws/lib/autoscaling-group";
import { Fn, Token } from "cdktf";
import { Construct } from "constructs";
import type { Alarm } from "./alarms";
import { LaunchTemplate } from "./launch-template";
import { LogGroup } from "./log-group";
import type { MachineImage } from "./machine-image";
import { Role, type Grantee } from "./role";
import { SecurityGroup } from "./security-group";
import { Stack, nameOf } from "./stack";
import { isIntegerBetween, rule, validate } from "./validation";
import type { IVpc } from "./vpc";

/** Name of the lifecycle hook that holds a new machine back until its boot script reports. */
const LAUNCHING_HOOK = "launching";
/** Seconds for which the hook waits before it gives the machine up. */
const HEARTBEAT_TIMEOUT = 600;
/** Alarms that an instance refresh can watch, by AWS's API. */
const MAX_REFRESH_ALARMS = 10;

export interface Service {
  /** systemd unit in the image, without `.service`. */
  readonly unit: string;
  /** TCP port on which it answers; the service reads it as `PORT`. */
  readonly port: number;
  /** Path that answers 200 once the service can work. Default: `/health`. */
  readonly healthPath?: string;
  /** Further environment variables of the service. No secrets: user data can be read by whoever may describe it. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Seconds that a booting machine's service has to answer, below the hook's 600. Default: 300. */
  readonly bootTimeout?: number;
}

export interface AutoScalingGroupProps {
  readonly vpc: IVpc;
  readonly image: MachineImage;
  /** Default: `t3.micro`, the smallest that runs a small service. */
  readonly instanceType?: string;
  /** Machines at least and at most; it begins with `min`. */
  readonly capacity: { readonly min: number; readonly max: number };
  readonly health: {
    /** `ELB`: unhealthy in its target group counts as dead. `EC2`: only a failed machine does. */
    readonly check: "EC2" | "ELB";
    /** Seconds after launch in which a failed check does not count. */
    readonly gracePeriod: number;
  };
  readonly service: Service;
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
  readonly logGroup: LogGroup;
  readonly service: Service;
  readonly #warmup: number;
  readonly #targetGroupArns: string[] = [];
  readonly #alarmNames: string[] = [];

  /** @throws Error for sizes, times, ports or variables outside of what is allowed */
  constructor(scope: Construct, id: string, props: AutoScalingGroupProps) {
    super(scope, id);
    const { vpc, image, instanceType = "t3.micro", capacity, health, service } = props;
    const { min, max } = capacity;
    const { unit, port, healthPath = "/health", environment = {}, bootTimeout = 300 } = service;
    validate(this, [
      rule("capacity.max", max, isIntegerBetween(1, 1000), "1 to 1000"),
      rule("capacity.min", min, isIntegerBetween(0, max), `0 to capacity.max (${max})`),
      rule("health.gracePeriod", health.gracePeriod, isIntegerBetween(0, 7200), "0 to 7200 seconds"),
      rule("service.unit", unit, (name) => /^[a-z][a-z0-9@-]*$/.test(name), "a systemd unit's name without .service"),
      rule("service.port", port, isIntegerBetween(1, 65_535), "1 to 65535"),
      rule("service.healthPath", healthPath, (path) => /^\/[\w./-]*$/.test(path), "a path such as /health"),
      rule(
        "service.bootTimeout",
        bootTimeout,
        isIntegerBetween(1, HEARTBEAT_TIMEOUT - 60),
        `1 to ${HEARTBEAT_TIMEOUT - 60} seconds`,
      ),
      ...Object.entries(environment).flatMap(([name, value]) => [
        rule("service.environment", name, (key) => /^[A-Z][A-Z0-9_]*$/.test(key), "names such as QUEUE_URL"),
        rule(`service.environment.${name}`, value, (text) => !/[\n\r\0]/.test(text), "a value on one line"),
      ]),
    ]);
    this.service = service;
    this.#warmup = health.gracePeriod;
    const stack = Stack.of(this);
    const name = nameOf(this);

    this.role = new Role(this, "role", { service: "ec2.amazonaws.com", description: `Machines of ${name}` });
    this.role.allowSessionManager();
    this.role.allow("lifecycle-hook", {
      actions: ["autoscaling:CompleteLifecycleAction"],
      resources: [stack.arn("autoscaling", `autoScalingGroup:*:autoScalingGroupName/${name}`)],
    });
    this.logGroup = new LogGroup(this, "logs");
    this.logGroup.grant(this, ["logs:CreateLogStream", "logs:PutLogEvents"]);
    this.securityGroup = new SecurityGroup(this, "security-group", { vpc, description: `Machines of ${name}` });
    const httpsOut = this.securityGroup.allowHttpsOut();

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
        logGroup: this.logGroup.resource.name,
        group: name,
        hook: LAUNCHING_HOOK,
      },
    });
    this.resource = new AutoscalingGroup(this, "group", {
      name,
      minSize: min,
      maxSize: max,
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
      dependsOn: [...vpc.internetRoutes, httpsOut],
    });
    this.role.requireBefore(this.resource);
  }

  /** Serves as targets of a load balancer's target group, which is allowed to reach the service's port. */
  attachTo(targetGroupArn: string): void {
    this.#targetGroupArns.push(targetGroupArn);
    this.resource.targetGroupArns = [...this.#targetGroupArns];
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

  #instanceRefresh(): AutoscalingGroupInstanceRefresh {
    return {
      strategy: "Rolling",
      preferences: {
        // Launch before terminate.
        minHealthyPercentage: 100,
        maxHealthyPercentage: 200,
        instanceWarmup: String(this.#warmup),
        ...(this.#alarmNames.length > 0 ? { alarmSpecification: { alarms: this.#alarmNames } } : {}),
      },
    };
  }
}
