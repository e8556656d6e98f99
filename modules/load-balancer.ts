import { Lb } from "@cdktf/provider-aws/lib/lb";
import { LbListener } from "@cdktf/provider-aws/lib/lb-listener";
import { LbTargetGroup } from "@cdktf/provider-aws/lib/lb-target-group";
import { Construct } from "constructs";
import { Alarm, type AlarmTarget } from "./alarms";
import type { AutoScalingGroup } from "./auto-scaling-group";
import { Bucket } from "./bucket";
import { SecurityGroup } from "./security-group";
import { Stack, nameOf } from "./stack";
import { isIntegerBetween, rule, validate } from "./validation";
import type { IVpc } from "./vpc";

/** TLS 1.2 and 1.3 (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html). */
const TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06";

export interface LoadBalancerProps {
  readonly vpc: IVpc;
  /** Who hears of failing targets. */
  readonly alarms: AlarmTarget;
  /** ACM certificate; with one, port 443 serves and port 80 redirects to it. Default: plain HTTP on port 80. */
  readonly certificateArn?: string | undefined;
  /**
   * Name under which users find it, such as `www.example.com`: the certificate's, with a DNS entry that leads here. Default: the
   * load balancer's own, which no certificate has.
   */
  readonly domain?: string | undefined;
  /** Record every request in a bucket of its own, kept for the environment's log retention. Default: false. */
  readonly accessLogs?: boolean;
}

export interface HealthCheck {
  readonly path: string;
  /** Seconds between two checks, 5 to 300. */
  readonly interval: number;
  /** Seconds until a check counts as failed, 2 to 120 and below the interval. */
  readonly timeout: number;
  /** Checks in a row that make a target healthy, 2 to 10. */
  readonly healthy: number;
  /** Checks in a row that make a target unhealthy, 2 to 10. */
  readonly unhealthy: number;
  /** Status codes of success, such as `200` or `200-299`. Default: `200`. */
  readonly codes?: string;
}

export interface ForwardProps {
  /** Limits: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html */
  readonly healthCheck: HealthCheck;
  /** Seconds that a leaving machine has for its requests, 0 to 3600. Default: 30. */
  readonly deregistrationDelay?: number;
}

/** An internet-facing Application Load Balancer in the VPC's public subnets. */
export class LoadBalancer extends Construct {
  readonly resource: Lb;
  readonly securityGroup: SecurityGroup;
  /** Made by `forwardTo`: port 80, and 443 with a certificate. */
  readonly listeners: LbListener[] = [];
  readonly accessLogs: Bucket | undefined;
  readonly #props: LoadBalancerProps;

  /** @throws Error when the name made of stack, environment and id is longer than AWS allows */
  constructor(scope: Construct, id: string, props: LoadBalancerProps) {
    super(scope, id);
    this.#props = props;
    const { vpc, certificateArn, accessLogs = false } = props;
    const name = nameOf(this);
    validate(this, [rule("id", name, ({ length }) => length <= 32, "a name of at most 32 characters")]);
    this.securityGroup = new SecurityGroup(this, "security-group", { vpc, description: `Load balancer ${name}` });
    this.securityGroup.allowFromInternet(80);
    if (certificateArn !== undefined) this.securityGroup.allowFromInternet(443);
    const stack = Stack.of(this);
    this.accessLogs = accessLogs ? this.#logBucket(stack) : undefined;
    this.resource = new Lb(this, "load-balancer", {
      name,
      internal: false,
      loadBalancerType: "application",
      securityGroups: [this.securityGroup.resource.id],
      subnets: vpc.publicSubnetIds,
      dropInvalidHeaderFields: true,
      enableDeletionProtection: stack.environment.protectData,
      ...(this.accessLogs
        ? { accessLogs: { bucket: this.accessLogs.resource.id, enabled: true }, dependsOn: [this.accessLogs.policy] }
        : {}),
    });
  }

  /** Where users find it. */
  get url(): string {
    return this.#urlOf(this.#props.domain ?? this.resource.dnsName);
  }

  /** The same by its own name, wherever the DNS entry of its domain leads. */
  get ownUrl(): string {
    return this.#urlOf(this.resource.dnsName);
  }

  #urlOf(host: string): string {
    return `${this.#props.certificateArn === undefined ? "http" : "https"}://${host}`;
  }

  /**
   * Sends every request to a fleet's healthy machines, on its service's port, which only this load balancer may reach.
   * @returns the target group
   * @throws Error for a health check outside of AWS's limits, or when requests go to a fleet already
   */
  forwardTo(fleet: AutoScalingGroup, { healthCheck, deregistrationDelay = 30 }: ForwardProps): LbTargetGroup {
    const { path, interval, timeout, healthy, unhealthy, codes = "200" } = healthCheck;
    validate(this, [
      rule("forwardTo", this.listeners.length, (length) => length === 0, "one fleet"),
      rule("healthCheck.path", path, (text) => text.startsWith("/"), "a path that begins with /"),
      rule("healthCheck.interval", interval, isIntegerBetween(5, 300), "5 to 300 seconds"),
      rule(
        "healthCheck.timeout",
        timeout,
        isIntegerBetween(2, Math.min(120, interval - 1)),
        "2 to 120 seconds, below interval",
      ),
      rule("healthCheck.healthy", healthy, isIntegerBetween(2, 10), "2 to 10"),
      rule("healthCheck.unhealthy", unhealthy, isIntegerBetween(2, 10), "2 to 10"),
      rule(
        "healthCheck.codes",
        codes,
        (text) => /^[2-4]\d\d([-,][2-4]\d\d)*$/.test(text),
        "codes such as 200 or 200-299",
      ),
      rule("deregistrationDelay", deregistrationDelay, isIntegerBetween(0, 3600), "0 to 3600 seconds"),
    ]);
    const targetGroup = new LbTargetGroup(this, `${fleet.node.id}-targets`, {
      // AWS leaves six characters for a prefix.
      namePrefix: `${fleet.node.id.slice(0, 5)}-`,
      port: fleet.service.port,
      protocol: "HTTP",
      vpcId: this.#props.vpc.vpcId,
      deregistrationDelay: String(deregistrationDelay),
      healthCheck: {
        path,
        interval,
        timeout,
        healthyThreshold: healthy,
        unhealthyThreshold: unhealthy,
        matcher: codes,
        protocol: "HTTP",
      },
      tags: { Name: nameOf(fleet) },
      lifecycle: { createBeforeDestroy: true },
    });
    fleet.securityGroup.allowFrom(this.securityGroup, fleet.service.port);
    this.#listen(targetGroup);
    fleet.attachTo({
      targetGroupArn: targetGroup.arn,
      resourceLabel: `${this.resource.arnSuffix}/${targetGroup.arnSuffix}`,
      listeners: this.listeners,
    });
    this.#alarm(fleet, targetGroup);
    return targetGroup;
  }

  #listen(targetGroup: LbTargetGroup): void {
    const { certificateArn } = this.#props;
    const loadBalancerArn = this.resource.arn;
    const forward = [{ type: "forward", targetGroupArn: targetGroup.arn }];
    const redirect = [{ type: "redirect", redirect: { port: "443", protocol: "HTTPS", statusCode: "HTTP_301" } }];
    this.listeners.push(
      new LbListener(this, "http", {
        loadBalancerArn,
        port: 80,
        protocol: "HTTP",
        defaultAction: certificateArn === undefined ? forward : redirect,
      }),
    );
    if (certificateArn === undefined) return;
    this.listeners.push(
      new LbListener(this, "https", {
        loadBalancerArn,
        port: 443,
        protocol: "HTTPS",
        sslPolicy: TLS_POLICY,
        certificateArn,
        defaultAction: forward,
      }),
    );
  }

  /** Failing answers also end the roll-out of a new image; see AutoScalingGroup.watch. */
  #alarm(fleet: AutoScalingGroup, targetGroup: LbTargetGroup): void {
    const common = {
      notify: this.#props.alarms,
      namespace: "AWS/ApplicationELB",
      dimensions: { LoadBalancer: this.resource.arnSuffix, TargetGroup: targetGroup.arnSuffix },
    };
    const name = nameOf(fleet);
    fleet.watch(
      new Alarm(this, `${fleet.node.id}-errors`, {
        ...common,
        description: `${name} answers with server errors: read its log.`,
        metric: "HTTPCode_Target_5XX_Count",
        statistic: "Sum",
        above: 5,
      }),
    );
    new Alarm(this, `${fleet.node.id}-unhealthy`, {
      ...common,
      description: `${name} has had an unhealthy machine for three minutes: the group should have replaced it.`,
      metric: "UnHealthyHostCount",
      statistic: "Minimum",
      above: 0,
      periods: 3,
    });
  }

  // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
  #logBucket(stack: Stack): Bucket {
    return new Bucket(this, "access-logs", {
      expireAfterDays: stack.environment.logRetentionDays,
      statements: (arn) => [
        {
          sid: "Delivery",
          principals: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
          actions: ["s3:PutObject"],
          resources: [`${arn}/AWSLogs/${stack.accountId}/*`],
          conditions: { ArnLike: { "aws:SourceArn": stack.arn("elasticloadbalancing", "loadbalancer/*") } },
        },
      ],
    });
  }
}
