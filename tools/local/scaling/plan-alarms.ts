import { type AlarmRule, type AlarmState, isComparison, isMissingData } from "../cloudwatch/alarm";
import { whyNotMeasured } from "../cloudwatch/measured";
import type { MetricId } from "../cloudwatch/metrics";
import { type ExpressionQuery, type MetricQuery, Series, seriesOf } from "../cloudwatch/series";
import type { Resource, SynthesizedStack } from "../terraform/synthesized";
import { asString } from "../terraform/value";

/** What an alarm does in a state: it calls a scaling policy. */
export interface AlarmAction {
  readonly state: AlarmState;
  /** The address of the policy */
  readonly policy: string;
}

/** An alarm that is evaluated here. */
export interface AlarmPlan {
  readonly name: string;
  readonly description: string;
  readonly rule: AlarmRule;
  readonly series: Series;
  readonly periodMs: number;
  readonly actions: readonly AlarmAction[];
}

/**
 * Reads an alarm.
 * @throws Error saying what about it cannot be evaluated here
 */
export function planAlarm(stack: SynthesizedStack, alarm: Resource): AlarmPlan {
  const comparison = alarm.string("comparison_operator");
  const missingData = alarm.optionalString("treat_missing_data") ?? "missing";
  if (!isComparison(comparison)) throw new Error(`${comparison} is not known`);
  if (!isMissingData(missingData)) throw new Error(`treat_missing_data ${missingData} is not known`);
  const evaluationPeriods = alarm.number("evaluation_periods");
  const queries = alarm.blocks("metric_query");
  return {
    name: alarm.string("alarm_name"),
    description: alarm.optionalString("alarm_description") ?? "",
    rule: {
      comparison,
      threshold: alarm.number("threshold"),
      evaluationPeriods,
      datapointsToAlarm: alarm.number("datapoints_to_alarm", evaluationPeriods),
      missingData,
    },
    series: mustBeMeasured(stack, queries.length === 0 ? seriesOf(...singleMetric(alarm)) : calculated(queries)),
    periodMs: 1000 * (queries.length === 0 ? alarm.number("period") : periodOf(queries)),
    actions: alarm.value("actions_enabled") === false ? [] : actionsOf(stack, alarm),
  };
}

/** @throws Error naming a metric of a series that nothing here measures */
export function mustBeMeasured(stack: SynthesizedStack, series: Series): Series {
  for (const metric of series.metrics) {
    const reason = whyNotMeasured(stack, metric);
    if (reason !== undefined) throw new Error(reason);
  }
  return series;
}

/** Reads a metric and its statistic from a block that names both. */
function singleMetric(block: Resource): [MetricId, string] {
  return [
    metricOf(block, dimensionsOf(block)),
    block.optionalString("statistic") ?? block.string("extended_statistic"),
  ];
}

export function metricOf(block: Resource, dimensions: Readonly<Record<string, string>>): MetricId {
  return { namespace: block.string("namespace"), name: block.string("metric_name"), dimensions };
}

function dimensionsOf(block: Resource): Record<string, string> {
  const value = block.value("dimensions");
  if (value === undefined || value === null || typeof value !== "object" || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, dimension]) => [name, asString(dimension)]));
}

function calculated(queries: readonly Resource[]): Series {
  return new Series(
    queries.map((query): MetricQuery | ExpressionQuery => {
      const id = query.string("id");
      const [metric] = query.blocks("metric");
      if (metric === undefined) return { id, expression: query.string("expression") };
      return { id, metric: metricOf(metric, dimensionsOf(metric)), statistic: metric.string("stat") };
    }),
    returnedOf(queries, false),
  );
}

/**
 * The id of the one query that returns its data.
 * @param otherwise whether one does that does not say so: not in an alarm, but in a scaling policy
 */
export function returnedOf(queries: readonly Resource[], otherwise: boolean): string {
  const [returned, ...more] = queries.filter((query) => (query.value("return_data") ?? otherwise) === true);
  if (returned === undefined || more.length > 0) throw new Error("exactly one query must have return_data");
  return returned.string("id");
}

function periodOf(queries: readonly Resource[]): number {
  const [period] = queries
    .flatMap((query) => [query, ...query.blocks("metric")])
    .filter((block) => block.raw("period") !== undefined)
    .map((block) => block.number("period"));
  if (period === undefined) throw new Error("none of its queries has a period");
  return period;
}

const actionProperties: Readonly<Record<AlarmState, string>> = {
  ALARM: "alarm_actions",
  OK: "ok_actions",
  INSUFFICIENT_DATA: "insufficient_data_actions",
};

/** The policies that an alarm calls; what it tells to people has no effect here. */
function actionsOf(stack: SynthesizedStack, alarm: Resource): AlarmAction[] {
  return (Object.keys(actionProperties) as AlarmState[]).flatMap((state) =>
    alarm
      .references(actionProperties[state])
      .filter((arn) => arn.includes("aws_autoscaling_policy."))
      .map((arn) => ({ state, policy: stack.follow(arn, alarm.address).address })),
  );
}
