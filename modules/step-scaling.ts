import { AutoscalingPolicy, type AutoscalingPolicyStepAdjustment } from "@cdktf/provider-aws/lib/autoscaling-policy";
import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { Token } from "cdktf";
import { Construct } from "constructs";
import type { AutoScalingGroup } from "./auto-scaling-group";
import { ALARM_PERIODS, isAlarmPeriod, type Metric } from "./metric";
import { stepAdjustments, stepRules, type Direction, type ScalingStep } from "./scaling-steps";
import { nameOf } from "./stack";
import { isIntegerBetween, rule, validate } from "./validation";

/** Grows the fleet while the metric is above a value. */
export interface StepsUp {
  /** The alarm rings above this value of the metric. */
  readonly above: number;
  /** Periods in a row before the alarm rings. Default: 1. */
  readonly periods?: number;
  /** What is added at which value; together they cover everything from `above` on. */
  readonly steps: readonly ScalingStep[];
}

/** Shrinks the fleet while the metric is low. */
export interface StepsDown {
  /** The alarm rings at this value of the metric and below. */
  readonly atMost: number;
  /** Periods in a row before the alarm rings. Default: 1. */
  readonly periods?: number;
  /** What is taken away at which value; together they cover everything up to `atMost`. */
  readonly steps: readonly ScalingStep[];
}

export interface StepScalingProps {
  readonly metric: Metric;
  /**
   * Seconds after which a machine that was added is expected to lower the metric: until then it counts as added already, and
   * nothing is taken away. Default: the fleet's grace period.
   */
  readonly warmup?: number;
  readonly up: StepsUp;
  readonly down: StepsDown;
}

/**
 * Step scaling of a fleet: a CloudWatch alarm and a policy that grow it, an alarm and a policy that shrink it. As long as an
 * alarm rings, its policy acts once a minute. These alarms move machines and wake nobody.
 * https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-simple-step.html
 */
export class StepScaling extends Construct {
  readonly upPolicy: AutoscalingPolicy;
  readonly upAlarm: CloudwatchMetricAlarm;
  readonly downPolicy: AutoscalingPolicy;
  readonly downAlarm: CloudwatchMetricAlarm;
  readonly #fleet: AutoScalingGroup;
  readonly #metric: Metric;

  /** @throws Error for steps with gaps, overlaps or the wrong sign, thresholds that overlap, or times outside of what AWS offers */
  constructor(fleet: AutoScalingGroup, id: string, props: StepScalingProps) {
    super(fleet, id);
    const { metric, up, down, warmup = fleet.gracePeriod } = props;
    const bounds = [...up.steps, ...down.steps].flatMap(({ from, to, change }) => [from, to, change]);
    if ([up.above, down.atMost, ...bounds].some((value) => Token.isUnresolved(value))) {
      throw new Error(
        `${this.node.path}: values and changes must be literal numbers, distances are computed at synthesis`,
      );
    }
    validate(this, [
      rule("metric.period", metric.period, isAlarmPeriod, ALARM_PERIODS),
      rule("warmup", warmup, isIntegerBetween(0, 7200), "0 to 7200 seconds"),
      rule("up.periods", up.periods, isIntegerBetween(1, 1440), "1 to 1440"),
      rule("down.periods", down.periods, isIntegerBetween(1, 1440), "1 to 1440"),
      rule("down.atMost", down.atMost, (value) => value <= up.above, `at most up.above (${up.above})`),
      ...stepRules("up", up.above, up.steps),
      ...stepRules("down", down.atMost, down.steps),
    ]);
    this.#fleet = fleet;
    this.#metric = metric;
    this.upPolicy = this.#policy("up", warmup, stepAdjustments("up", up.above, up.steps));
    this.upAlarm = this.#alarm("up", this.upPolicy, up.above, up.periods);
    this.downPolicy = this.#policy("down", warmup, stepAdjustments("down", down.atMost, down.steps));
    this.downAlarm = this.#alarm("down", this.downPolicy, down.atMost, down.periods);
  }

  #policy(direction: Direction, warmup: number, stepAdjustment: AutoscalingPolicyStepAdjustment[]): AutoscalingPolicy {
    return new AutoscalingPolicy(this, `${direction}-policy`, {
      name: `${nameOf(this)}-${direction}`,
      autoscalingGroupName: this.#fleet.resource.name,
      policyType: "StepScaling",
      adjustmentType: "ChangeInCapacity",
      estimatedInstanceWarmup: warmup,
      stepAdjustment,
    });
  }

  #alarm(direction: Direction, policy: AutoscalingPolicy, threshold: number, periods = 1): CloudwatchMetricAlarm {
    const { namespace, name, dimensions, statistic, period, missing } = this.#metric;
    const growing = direction === "up";
    return new CloudwatchMetricAlarm(this, `${direction}-alarm`, {
      alarmName: `${nameOf(this)}-${direction}`,
      alarmDescription: `${growing ? "Grows" : "Shrinks"} ${nameOf(this.#fleet)}; nobody has to do anything.`,
      namespace,
      metricName: name,
      dimensions: { ...dimensions },
      statistic,
      period,
      evaluationPeriods: periods,
      comparisonOperator: growing ? "GreaterThanThreshold" : "LessThanOrEqualToThreshold",
      threshold,
      // What is not known moves no machine; what is known to be zero shrinks the fleet.
      treatMissingData: missing === "unknown" ? "missing" : growing ? "notBreaching" : "breaching",
      alarmActions: [policy.arn],
    });
  }
}
