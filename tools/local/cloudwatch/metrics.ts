/** A metric, identified as CloudWatch does it. */
export interface MetricId {
  /** "AWS/SQS" */
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** What was measured of a metric within a minute. */
export interface Measurement {
  readonly metric: MetricId;
  /** One for a gauge, one per request for a response time. */
  readonly values: readonly number[];
}

/** Names a metric: two metrics have the same key if they are the same one. */
export function keyOf({ namespace, name, dimensions }: MetricId): string {
  const pairs = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([namespace, name, pairs]);
}

/** A metric for people: "AWS/SQS ApproximateNumberOfMessagesVisible". */
export function nameOfMetric({ namespace, name }: MetricId): string {
  return `${namespace} ${name}`;
}

interface Watched {
  readonly metric: MetricId;
  keepMs: number;
  measurements: { readonly at: number; readonly values: readonly number[] }[];
}

/** What was measured of the metrics that somebody watches; all others are forgotten at once. */
export class Metrics {
  private readonly watched = new Map<string, Watched>();

  /** The metrics that somebody watches, each once */
  get all(): MetricId[] {
    return [...this.watched.values()].map(({ metric }) => metric);
  }

  /** Keeps what is measured of a metric from now on. @param keepMs for how long somebody will ask for it */
  watch(metric: MetricId, keepMs: number): void {
    const before = this.watched.get(keyOf(metric));
    if (before === undefined) this.watched.set(keyOf(metric), { metric, keepMs, measurements: [] });
    else before.keepMs = Math.max(before.keepMs, keepMs);
  }

  /** Takes what was measured in the minute that ends now. */
  add({ metric, values }: Measurement, now: number): void {
    const watched = this.watched.get(keyOf(metric));
    if (watched === undefined || values.length === 0) return;
    watched.measurements = watched.measurements.filter(({ at }) => at > now - watched.keepMs);
    watched.measurements.push({ at: now, values });
  }

  /** The values that were measured after a moment, up to and including another one. */
  between(metric: MetricId, after: number, upTo: number): number[] {
    const measurements = this.watched.get(keyOf(metric))?.measurements ?? [];
    return measurements.filter(({ at }) => at > after && at <= upTo).flatMap(({ values }) => values);
  }
}
