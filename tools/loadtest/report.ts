import type { LoadTestResult, Sample } from "./load-test";

/** A load test in numbers. Times are seconds since the first message was sent. */
export interface LoadReport {
  readonly messages: number;
  readonly pictures: number;
  /** Messages that ended in an error object */
  readonly failures: number;
  /** Messages of which nothing has come yet */
  readonly missing: number;
  readonly wrongPictures: number;
  readonly peakBacklog: number;
  /** When the last message came to an end */
  readonly drainedAt: number | undefined;
  readonly picturesPerSecond: number | undefined;
  /** From sent to stored */
  readonly latency: { readonly median: number; readonly p95: number } | undefined;
  readonly fleet: {
    readonly before: number;
    readonly most: number;
    readonly after: number;
    /** When another machine was in service, and when it had gone again */
    readonly grewAt: number | undefined;
    readonly shrankAt: number | undefined;
  };
  readonly timeFactor: number;
  /** What was to be expected and did not happen; none is what a load test is for */
  readonly broken: readonly string[];
}

export function reportOf(result: LoadTestResult, timeFactor: number): LoadReport {
  const { ids, samples, outcomes, startedAt, wrongPictures } = result;
  const ends = [...outcomes.values()].map(({ at }) => Math.max(0, at - startedAt) / 1000).sort((a, b) => a - b);
  const pictures = [...outcomes.values()].filter(({ kind }) => kind === "picture").length;
  const missing = ids.length - outcomes.size;
  const drainedAt = missing === 0 ? ends.at(-1) : undefined;
  const report = {
    messages: ids.length,
    pictures,
    failures: outcomes.size - pictures,
    missing,
    wrongPictures: wrongPictures.length,
    peakBacklog: Math.max(...samples.map(({ visible, inFlight }) => visible + inFlight)),
    drainedAt,
    picturesPerSecond: drainedAt === undefined || drainedAt === 0 ? undefined : pictures / drainedAt,
    latency: ends.length === 0 ? undefined : { median: at(ends, 0.5), p95: at(ends, 0.95) },
    fleet: fleetOf(samples),
    timeFactor,
  };
  return { ...report, broken: brokenOf(report, result) };
}

function fleetOf(samples: readonly Sample[]): LoadReport["fleet"] {
  const sizes = samples.map(({ fleet }) => fleet.inService);
  const before = sizes[0] ?? 0;
  const after = sizes.at(-1) ?? 0;
  const most = Math.max(...sizes);
  const grew = samples.find(({ fleet }) => fleet.inService > before);
  const lastLarge = samples.findLastIndex(({ fleet }) => fleet.inService > after);
  return {
    before,
    most,
    after,
    grewAt: grew?.at,
    shrankAt: grew === undefined || lastLarge === -1 ? undefined : samples[lastLarge + 1]?.at,
  };
}

function brokenOf(report: Omit<LoadReport, "broken">, { gaveUp, samples }: LoadTestResult): string[] {
  const { missing, messages, failures, wrongPictures, fleet } = report;
  const { min = 0, max = 0 } = samples[0]?.fleet ?? {};
  const broken: string[] = [];
  if (gaveUp === "timeout") broken.push("time was up");
  if (gaveUp === "interrupted") broken.push("it was interrupted");
  if (missing > 0) broken.push(`of ${missing} of ${messages} messages there is neither a picture nor a reason`);
  if (failures > 0) broken.push(`${failures} of ${messages} pages could not be photographed`);
  if (wrongPictures > 0) broken.push(`${wrongPictures} pictures are no PNG of the right size`);
  if (fleet.before < max && fleet.most <= fleet.before) {
    broken.push(`the fleet of ${min}..${max} did not grow: were there enough messages?`);
  }
  if (fleet.after > min) broken.push(`the fleet still has ${fleet.after} machines, and ${min} would do`);
  return broken;
}

/** The value below which this share of the sorted values lies. */
function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

/** The summary as people read it. */
export function describeReport(report: LoadReport): string {
  const { messages, pictures, failures, peakBacklog, drainedAt, picturesPerSecond, latency, fleet, timeFactor } =
    report;
  const lines = [
    `messages     ${messages} sent, ${pictures} pictures, ${failures} failures`,
    `backlog      ${peakBacklog} at most${drainedAt === undefined ? "" : `, drained after ${seconds(drainedAt)}`}`,
    ...(picturesPerSecond === undefined ? [] : [`throughput   ${picturesPerSecond.toFixed(1)} pictures/s`]),
    ...(latency === undefined
      ? []
      : [`latency      ${seconds(latency.median)} median, ${seconds(latency.p95)} 95th percentile`]),
    `fleet        ${fleet.before} → ${fleet.most} → ${fleet.after}${timesOf(fleet)}`,
    ...(timeFactor === 1 ? [] : [`time         ${timeFactor} times faster for alarms and scaling`]),
    "",
    ...(report.broken.length === 0
      ? [
          `Every message came to an end${fleet.most > fleet.before ? "; the fleet grew, drained the queue and shrank" : ""}.`,
        ]
      : report.broken.map((what) => `BROKEN: ${what}`)),
  ];
  return lines.join("\n");
}

function timesOf({ grewAt, shrankAt }: LoadReport["fleet"]): string {
  const times = [
    ...(grewAt === undefined ? [] : [`grew after ${seconds(grewAt)}`]),
    ...(shrankAt === undefined ? [] : [`shrank after ${seconds(shrankAt)}`]),
  ];
  return times.length === 0 ? "" : ` (${times.join(", ")})`;
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}
