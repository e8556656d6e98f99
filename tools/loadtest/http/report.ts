import type { Ending, SendResult } from "./send-requests";
import type { Totals } from "./statistics";

/** A test in numbers. Latencies are milliseconds. */
export interface WebsiteReport {
  readonly url: string;
  /** What was asked for */
  readonly asked: Asked;
  readonly sent: number;
  /** Answers with a status below 400 */
  readonly succeeded: number;
  /** Other answers, and requests that got none */
  readonly failed: number;
  /** Still on their way when it ended; they count for nothing */
  readonly cutOff: number;
  readonly seconds: number;
  readonly ending: Ending;
  /** Of those that succeeded: errors come fast, and would look like speed */
  readonly requestsPerSecond: number;
  /** Of the answers' bodies */
  readonly bytes: number;
  /** Of the requests that succeeded */
  readonly latency: Totals["latency"];
  /** Answers by status */
  readonly statusCodes: Readonly<Record<string, number>>;
  /** Failures by kind */
  readonly errors: Readonly<Record<string, number>>;
  /** The share of the time in which this program itself was busy, from 0 to 1 */
  readonly busy: number;
  /** Why it is no success; none is what a load test is for */
  readonly broken: readonly string[];
}

export interface Asked {
  readonly requests: number;
  readonly concurrency: number;
  readonly seconds: number;
  readonly timeout: number;
  readonly keepAlive: boolean;
  /** The share of requests that may fail, from 0 to 1 */
  readonly maxErrors: number;
}

/** From here on the figures may be this program's limit. */
const TOO_BUSY = 0.9;

/** @param url as it was asked for */
export function reportOf(url: string, asked: Asked, result: SendResult): WebsiteReport {
  const { sent, totals, seconds, ending, busy } = result;
  const { succeeded, failed, bytes, latency, statusCodes, errors } = totals;
  const report = {
    url,
    asked,
    sent,
    succeeded,
    failed,
    cutOff: sent - succeeded - failed,
    seconds,
    ending,
    requestsPerSecond: succeeded / seconds,
    bytes,
    latency,
    statusCodes: Object.fromEntries([...statusCodes].sort(([one], [other]) => one - other)),
    errors: Object.fromEntries([...errors].sort(([, one], [, other]) => other - one)),
    busy,
  };
  return { ...report, broken: brokenOf(report) };
}

function brokenOf(report: Omit<WebsiteReport, "broken">): string[] {
  const { asked, succeeded, failed, sent, ending, errors } = report;
  const ended = succeeded + failed;
  const broken: string[] = [];
  if (ending === "gone") broken.push("no connection got through any more, so it was given up");
  if (ending === "interrupted") broken.push("it was interrupted");
  if (failed > asked.maxErrors * ended) {
    const allowed = asked.maxErrors === 0 ? "none may" : `${percent(asked.maxErrors)} may`;
    broken.push(`${failed} of ${ended} requests failed (${percent(failed / ended)}; ${allowed}): ${listOf(errors)}`);
  }
  if (ended === 0) broken.push(`none of ${sent} requests had an answer when it ended`);
  return broken;
}

/** The report as people read it. */
export function describeReport(report: WebsiteReport): string {
  const { asked, latency, statusCodes, errors, busy, bytes, seconds, requestsPerSecond, broken } = report;
  const per = asked.keepAlive ? "connections kept" : "a connection for each";
  const lines = [
    `url          ${report.url}, ${asked.concurrency} at a time, ${per}`,
    `requests     ${report.sent} sent, ${report.succeeded} succeeded, ${report.failed} failed, ${report.cutOff} cut off at the end`,
    `time         ${seconds.toFixed(1)} s, ${ENDINGS[report.ending]}`,
    `throughput   ${requestsPerSecond.toFixed(1)} requests/s, ${(bytes / seconds / 1e6).toFixed(2)} MB/s of bodies, ${(bytes / 1e6).toFixed(1)} MB in all`,
    ...(latency === undefined
      ? []
      : [
          `latency      ${time(latency.min)} min, ${time(latency.mean)} mean, ${time(latency.max)} max`,
          `             ${(["p50", "p90", "p95", "p99"] as const).map((name) => `${name} ${time(latency[name])}`).join(", ")}`,
        ]),
    `status       ${listOf(statusCodes, ": ") || "no answer"}`,
    `errors       ${listOf(errors) || "none"}`,
    `generator    busy ${percent(busy)} of the time${busy > TOO_BUSY ? ": these may be its limits and not the server's" : ""}`,
    "",
    ...(broken.length === 0 ? [successOf(report)] : broken.map((what) => `BROKEN: ${what}`)),
  ];
  return lines.join("\n");
}

const ENDINGS: Readonly<Record<Ending, string>> = {
  count: "all requests were sent",
  time: "time was up",
  interrupted: "interrupted",
  gone: "the server was gone",
};

function successOf({ failed, asked }: WebsiteReport): string {
  if (failed === 0) return "Every request that came to its end succeeded.";
  return `${failed} requests failed, not more than may (${percent(asked.maxErrors)}).`;
}

/** Such as "3 time-out, 1 reset". */
export function listOf(counts: Readonly<Record<string, number>>, between?: string): string {
  return Object.entries(counts)
    .map(([name, count]) => (between === undefined ? `${count} ${name}` : `${name}${between}${count}`))
    .join(", ");
}

/** @param milliseconds with as many digits as say something */
export function time(milliseconds: number): string {
  if (milliseconds >= 10_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds.toFixed(milliseconds < 10 ? 2 : 0)} ms`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
