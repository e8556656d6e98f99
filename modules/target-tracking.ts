import {
  AutoscalingPolicy,
  type AutoscalingPolicyTargetTrackingConfiguration,
} from "@cdktf/provider-aws/lib/autoscaling-policy";
import { Construct } from "constructs";
import type { AutoScalingGroup } from "./auto-scaling-group";
import type { Metric, MetricMath } from "./metric";
import { nameOf } from "./stack";
import { isIntegerBetween, rule, validate, type Rule } from "./validation";

/**
 * A metric that Auto Scaling knows by itself: average CPU in percent, bytes in or out of a machine a minute, requests to a target
 * a minute.
 * https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PredefinedMetricSpecification.html
 */
export type PredefinedMetric =
  "ASGAverageCPUUtilization" | "ASGAverageNetworkIn" | "ASGAverageNetworkOut" | "ALBRequestCountPerTarget";

/** Id of the computed value among the metrics of an expression. */
const RESULT = "result";

export interface TargetTrackingProps {
  /** One whose value halves when the fleet doubles. */
  readonly metric: PredefinedMetric | Metric | MetricMath;
  /** The value that the fleet's size keeps the metric at. */
  readonly target: number;
  /** Seconds after which a machine that was added counts in the metric. Default: the fleet's grace period. */
  readonly warmup?: number;
  /** Leave it to other policies to shrink the fleet. Default: false. */
  readonly disableScaleIn?: boolean;
}

/**
 * Target tracking of a fleet, as a thermostat does it: grows at once when the metric is above its target, shrinks slowly. AWS
 * makes and removes the alarms for it.
 * https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html
 */
export class TargetTracking extends Construct {
  readonly policy: AutoscalingPolicy;

  /** @throws Error for a target of zero, a period that AWS does not track, ids that are none, or requests without a load balancer */
  constructor(fleet: AutoScalingGroup, id: string, props: TargetTrackingProps) {
    super(fleet, id);
    const { metric, target, warmup = fleet.gracePeriod, disableScaleIn = false } = props;
    validate(this, [
      rule("target", target, (value) => value > 0, "a number above 0"),
      rule("warmup", warmup, isIntegerBetween(0, 7200), "0 to 7200 seconds"),
      ...metricRules(fleet, metric),
    ]);
    const byRequests = metric === "ALBRequestCountPerTarget";
    if (typeof metric === "string" && !byRequests) fleet.launchTemplate.monitorInDetail();
    this.policy = new AutoscalingPolicy(this, "policy", {
      name: nameOf(this),
      autoscalingGroupName: fleet.resource.name,
      policyType: "TargetTrackingScaling",
      estimatedInstanceWarmup: warmup,
      targetTrackingConfiguration: { targetValue: target, disableScaleIn, ...specification(fleet, metric) },
      // AWS refuses to count the requests of a target group that no listener sends any to.
      dependsOn: byRequests ? fleet.targets.flatMap(({ listeners }) => [...listeners]) : undefined,
    });
  }
}

function metricRules(fleet: AutoScalingGroup, metric: TargetTrackingProps["metric"]): Rule<unknown>[] {
  if (metric === "ALBRequestCountPerTarget") {
    const attached = () => fleet.targets.length === 1;
    return [rule("metric", metric, attached, "this metric only after a load balancer's forwardTo, of one alone")];
  }
  if (typeof metric === "string") return [];
  const isTracked = (seconds: number) => seconds === 10 || seconds === 30 || seconds === 60;
  const period = (prop: string, seconds: number) => rule(prop, seconds, isTracked, "10, 30 or 60 seconds");
  if (!("expression" in metric)) return [period("metric.period", metric.period)];
  return Object.entries(metric.metrics).flatMap(([id, { period: seconds }]) => [
    rule(
      "metric.metrics",
      id,
      (name) => /^[a-z]\w*$/.test(name) && name !== RESULT,
      `ids such as visible, and none that is ${RESULT}`,
    ),
    period(`metric.metrics.${id}.period`, seconds),
  ]);
}

function specification(
  fleet: AutoScalingGroup,
  metric: TargetTrackingProps["metric"],
): Partial<AutoscalingPolicyTargetTrackingConfiguration> {
  if (typeof metric === "string") {
    const resourceLabel = metric === "ALBRequestCountPerTarget" ? fleet.targets[0]?.resourceLabel : undefined;
    return { predefinedMetricSpecification: { predefinedMetricType: metric, resourceLabel } };
  }
  const dimensionsOf = ({ dimensions }: Metric) => Object.entries(dimensions).map(([name, value]) => ({ name, value }));
  if (!("expression" in metric)) {
    const { namespace, name: metricName, statistic, period } = metric;
    return {
      customizedMetricSpecification: {
        namespace,
        metricName,
        statistic,
        period,
        metricDimension: dimensionsOf(metric),
      },
    };
  }
  return {
    customizedMetricSpecification: {
      metrics: [
        ...Object.entries(metric.metrics).map(([id, source]) => ({
          id,
          metricStat: {
            metric: { namespace: source.namespace, metricName: source.name, dimensions: dimensionsOf(source) },
            stat: source.statistic,
            period: source.period,
          },
          returnData: false,
        })),
        { id: RESULT, expression: metric.expression, returnData: true },
      ],
    },
  };
}
