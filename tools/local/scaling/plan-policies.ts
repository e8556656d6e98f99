import type { MetricId } from "../cloudwatch/metrics";
import { type ExpressionQuery, type MetricQuery, Series, seriesOf } from "../cloudwatch/series";
import type { Resource, SynthesizedStack } from "../terraform/synthesized";
import { type AlarmAction, type AlarmPlan, metricOf, mustBeMeasured, returnedOf } from "./plan-alarms";
import { type StepScaling, isAdjustmentType } from "./step-scaling";
import { type TargetTracking, trackingAlarms } from "./target-tracking";

/** A scaling policy that acts here. */
export interface PolicyPlan {
  readonly address: string;
  readonly name: string;
  /** The fleet's name in the stack */
  readonly fleet: string;
  readonly warmupMs: number;
  readonly scaling: { readonly step: StepScaling } | { readonly tracking: TargetTracking };
}

/** Auto Scaling's default cooldown, which is the warm-up where nothing else is said. */
const defaultCooldownSeconds = 300;
/** Target tracking looks at a data point a minute where the policy names no other period. */
const trackingPeriodSeconds = 60;

/**
 * Reads a scaling policy, with the alarms that AWS makes for it by itself.
 * @throws Error saying what about it cannot act here
 */
export function planPolicy(
  stack: SynthesizedStack,
  policy: Resource,
): { readonly policy: PolicyPlan; readonly alarms: readonly AlarmPlan[] } {
  const type = policy.optionalString("policy_type") ?? "SimpleScaling";
  if (policy.value("enabled") === false) throw new Error("it is not enabled");
  const group = policy.follow("autoscaling_group_name");
  const cooldown = group.number("default_cooldown", defaultCooldownSeconds);
  const warmup = policy.number("estimated_instance_warmup", group.number("default_instance_warmup", cooldown));
  const common = {
    address: policy.address,
    name: policy.string("name"),
    fleet: group.id,
    warmupMs: warmup * 1000,
  };
  if (type === "StepScaling") return { policy: { ...common, scaling: { step: stepScalingOf(policy) } }, alarms: [] };
  const [configuration] = policy.blocks("target_tracking_configuration");
  if (type !== "TargetTrackingScaling" || configuration === undefined) throw new Error(`${type} does not act here`);
  const tracking = {
    target: configuration.number("target_value"),
    disableScaleIn: configuration.value("disable_scale_in") === true,
  };
  const { series, periodSeconds } = trackedSeries(group, configuration);
  mustBeMeasured(stack, series);
  const { high, low } = trackingAlarms(tracking);
  const action: AlarmAction = { state: "ALARM", policy: policy.address };
  const alarm = { series, periodMs: periodSeconds * 1000, actions: [action] };
  const alarms = [
    { ...alarm, name: `${common.name}-high`, description: `Grows ${group.id} to its target.`, rule: high },
    { ...alarm, name: `${common.name}-low`, description: `Shrinks ${group.id} to its target.`, rule: low },
  ];
  return {
    policy: { ...common, scaling: { tracking } },
    alarms: tracking.disableScaleIn ? alarms.slice(0, 1) : alarms,
  };
}

function stepScalingOf(policy: Resource): StepScaling {
  const adjustmentType = policy.string("adjustment_type");
  if (!isAdjustmentType(adjustmentType)) throw new Error(`the adjustment type ${adjustmentType} is not known`);
  const bound = (step: Resource, name: string): number | undefined => {
    const text = step.optionalString(name);
    return text === undefined || text === "" ? undefined : Number(text);
  };
  return {
    adjustmentType,
    steps: policy.blocks("step_adjustment").map((step) => ({
      lower: bound(step, "metric_interval_lower_bound"),
      upper: bound(step, "metric_interval_upper_bound"),
      adjustment: step.number("scaling_adjustment"),
    })),
    minAdjustmentMagnitude: policy.number("min_adjustment_magnitude", 0),
  };
}

function trackedSeries(
  group: Resource,
  configuration: Resource,
): { readonly series: Series; readonly periodSeconds: number } {
  const [predefined] = configuration.blocks("predefined_metric_specification");
  if (predefined !== undefined) {
    return { series: predefinedSeries(group, predefined), periodSeconds: trackingPeriodSeconds };
  }
  const [customized] = configuration.blocks("customized_metric_specification");
  if (customized === undefined) throw new Error("it names no metric");
  const queries = customized.blocks("metrics");
  if (queries.length === 0) {
    const metric = metricOf(customized, pairs(customized.blocks("metric_dimension")));
    return {
      series: seriesOf(metric, customized.string("statistic")),
      periodSeconds: customized.number("period", trackingPeriodSeconds),
    };
  }
  const [stat] = queries.flatMap((query) => query.blocks("metric_stat"));
  return {
    series: calculated(queries),
    periodSeconds: stat?.number("period", trackingPeriodSeconds) ?? trackingPeriodSeconds,
  };
}

function predefinedSeries(group: Resource, specification: Resource): Series {
  const type = specification.string("predefined_metric_type");
  if (type === "ASGAverageCPUUtilization") {
    const dimensions = { AutoScalingGroupName: group.string("name") };
    return seriesOf({ namespace: "AWS/EC2", name: "CPUUtilization", dimensions }, "Average");
  }
  if (type !== "ALBRequestCountPerTarget") throw new Error(`nothing here measures ${type}`);
  // "app/<balancer>/<id>/targetgroup/<group>/<id>"
  const [, balancer = "", target = ""] = /^(.+)\/(targetgroup\/.+)$/.exec(specification.string("resource_label")) ?? [];
  const dimensions = { LoadBalancer: balancer, TargetGroup: target };
  return seriesOf({ namespace: "AWS/ApplicationELB", name: "RequestCountPerTarget", dimensions }, "Sum");
}

function calculated(queries: readonly Resource[]): Series {
  return new Series(
    queries.map((query): MetricQuery | ExpressionQuery => {
      const id = query.string("id");
      const [stat] = query.blocks("metric_stat");
      if (stat === undefined) return { id, expression: query.string("expression") };
      return { id, metric: metricIn(stat), statistic: stat.string("stat") };
    }),
    returnedOf(queries, true),
  );
}

function metricIn(stat: Resource): MetricId {
  const [metric] = stat.blocks("metric");
  if (metric === undefined) throw new Error("a metric_stat names no metric");
  return metricOf(metric, pairs(metric.blocks("dimensions")));
}

function pairs(blocks: readonly Resource[]): Record<string, string> {
  return Object.fromEntries(blocks.map((block) => [block.string("name"), block.string("value")]));
}
