import { type MetricMath, parseMetricMath } from "./metric-math";
import type { MetricId, Metrics } from "./metrics";
import { statisticNamed } from "./statistics";

/** A statistic of a metric. */
export interface MetricQuery {
  readonly id: string;
  readonly metric: MetricId;
  /** "Sum", "Average", "p90", … */
  readonly statistic: string;
}

/** A calculation with other queries. */
export interface ExpressionQuery {
  readonly id: string;
  readonly expression: string;
}

/** The data points of an alarm or a target: one number per period, from one metric or from several by metric math. */
export class Series {
  /** The metrics that it needs */
  readonly metrics: readonly MetricId[];
  private readonly values = new Map<string, (metrics: Metrics, after: number, upTo: number) => number | undefined>();

  /**
   * @param queries what is asked for
   * @param returned the id of the query whose value counts
   * @throws Error for a statistic or an expression that is not known here
   */
  constructor(
    queries: readonly (MetricQuery | ExpressionQuery)[],
    private readonly returned: string,
  ) {
    this.metrics = queries.flatMap((query) => ("metric" in query ? [query.metric] : []));
    for (const query of queries) {
      this.values.set(
        query.id,
        "metric" in query ? valueOfMetric(query) : this.valueOf(parseMetricMath(query.expression)),
      );
    }
    if (!this.values.has(returned)) throw new Error(`there is no query "${returned}"`);
  }

  /** The data point of the period that ends at a moment; undefined when there is none. */
  at(metrics: Metrics, end: number, periodMs: number): number | undefined {
    return this.values.get(this.returned)?.(metrics, end - periodMs, end);
  }

  /** The latest data points, the newest first. */
  latest(metrics: Metrics, now: number, periodMs: number, count: number): (number | undefined)[] {
    return Array.from({ length: count }, (_, index) => this.at(metrics, now - index * periodMs, periodMs));
  }

  private valueOf(expression: MetricMath) {
    return (metrics: Metrics, after: number, upTo: number): number | undefined =>
      expression((id) => this.values.get(id)?.(metrics, after, upTo));
  }
}

/** The series of one statistic of one metric. @throws Error for a statistic that is not known here */
export function seriesOf(metric: MetricId, statistic: string): Series {
  return new Series([{ id: "metric", metric, statistic }], "metric");
}

function valueOfMetric({ metric, statistic }: MetricQuery) {
  const calculate = statisticNamed(statistic);
  if (calculate === undefined) throw new Error(`the statistic "${statistic}" is not known`);
  return (metrics: Metrics, after: number, upTo: number): number | undefined => {
    const values = metrics.between(metric, after, upTo);
    return values.length === 0 ? undefined : calculate(values);
  };
}
