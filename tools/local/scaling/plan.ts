import { evaluationRange } from "../cloudwatch/alarm";
import { Metrics } from "../cloudwatch/metrics";
import type { Resource, SynthesizedStack } from "../terraform/synthesized";
import { parseCron } from "./cron";
import { type AlarmPlan, planAlarm } from "./plan-alarms";
import { type PolicyPlan, planPolicy } from "./plan-policies";
import type { Schedule } from "./schedule";

/** A scheduled action that happens here. */
export interface SchedulePlan extends Schedule {
  /** The fleet's name in the stack */
  readonly fleet: string;
}

/** What scales a stack's fleets, as its synthesized JSON says. */
export interface ScalingPlan {
  readonly alarms: readonly AlarmPlan[];
  readonly policies: readonly PolicyPlan[];
  readonly schedules: readonly SchedulePlan[];
  /** What of it does not run here, and why: 'alarm "x" (nothing here measures …)' */
  readonly notRun: readonly string[];
}

/** The resource types that a plan reads. */
export const scalingTypes = ["aws_cloudwatch_metric_alarm", "aws_autoscaling_policy", "aws_autoscaling_schedule"];

/** Reads the alarms, the scaling policies and the scheduled actions of a stack. */
export function planScaling(stack: SynthesizedStack): ScalingPlan {
  const notRun: string[] = [];
  const each = <T>(type: string, kind: string, name: string, read: (resource: Resource) => T): T[] =>
    stack.ofType(type).flatMap((resource) => {
      try {
        return [read(resource)];
      } catch (error) {
        // Said at the start: what cannot be imitated must not keep the rest of the stack from running.
        notRun.push(`${kind} "${resource.string(name)}" (${(error as Error).message})`);
        return [];
      }
    });
  const policies = each("aws_autoscaling_policy", "scaling policy", "name", (policy) => planPolicy(stack, policy));
  const alarms = each("aws_cloudwatch_metric_alarm", "alarm", "alarm_name", (alarm) => planAlarm(stack, alarm));
  const schedules = each("aws_autoscaling_schedule", "scheduled action", "scheduled_action_name", planSchedule);
  return {
    policies: policies.map(({ policy }) => policy),
    alarms: [...alarms, ...policies.flatMap((planned) => planned.alarms)],
    schedules,
    notRun,
  };
}

/** The store of every metric that a plan looks at, for as long as it does. */
export function metricsFor({ alarms }: ScalingPlan): Metrics {
  const metrics = new Metrics();
  for (const { series, periodMs, rule } of alarms) {
    for (const metric of series.metrics) metrics.watch(metric, periodMs * evaluationRange(rule));
  }
  return metrics;
}

function planSchedule(action: Resource): SchedulePlan {
  const recurrence = action.optionalString("recurrence");
  const time = (property: string): number | undefined => {
    const text = action.optionalString(property);
    return text === undefined ? undefined : Date.parse(text);
  };
  // The provider's default is 0; -1 leaves a size as it is.
  const size = (property: string): number | undefined => {
    const value = action.number(property, 0);
    return value === -1 ? undefined : value;
  };
  return {
    name: action.string("scheduled_action_name"),
    fleet: action.follow("autoscaling_group_name").id,
    min: size("min_size"),
    max: size("max_size"),
    desired: size("desired_capacity"),
    start: time("start_time"),
    end: time("end_time"),
    recurrence: recurrence === undefined ? undefined : parseCron(recurrence, action.optionalString("time_zone")),
  };
}
