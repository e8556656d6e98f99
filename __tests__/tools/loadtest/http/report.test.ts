import { describe, expect, it } from "@jest/globals";
import { describeLook } from "../../../../tools/loadtest/http/look-line";
import { type Asked, describeReport, reportOf } from "../../../../tools/loadtest/http/report";
import type { SendResult } from "../../../../tools/loadtest/http/send-requests";
import type { Totals } from "../../../../tools/loadtest/http/statistics";

const URL = "http://site.test/";
const ASKED: Asked = { requests: 1000, concurrency: 15, seconds: 300, timeout: 120, keepAlive: true, maxErrors: 0 };

const LATENCY = { min: 1, mean: 4.5, p50: 4, p90: 8, p95: 9.25, p99: 120.4, max: 12_345 };

function totals(changes: Partial<Totals> = {}): Totals {
  return {
    succeeded: 1000,
    failed: 0,
    bytes: 5_000_000,
    statusCodes: new Map([[200, 1000]]),
    errors: new Map(),
    latency: LATENCY,
    ...changes,
  };
}

const FAULTY = totals({
  succeeded: 990,
  failed: 10,
  statusCodes: new Map([
    [503, 3],
    [200, 990],
  ]),
  errors: new Map([
    ["status 503", 3],
    ["time-out", 7],
  ]),
});

function result(changes: Partial<SendResult> = {}): SendResult {
  return { sent: 1000, totals: totals(), looks: [], seconds: 4, ending: "count", busy: 0.42, ...changes };
}

describe("the report of requests to a website", () => {
  it("has the numbers of a test in which all went well", () => {
    expect(reportOf(URL, ASKED, result())).toEqual({
      url: URL,
      asked: ASKED,
      sent: 1000,
      succeeded: 1000,
      failed: 0,
      cutOff: 0,
      seconds: 4,
      ending: "count",
      requestsPerSecond: 250,
      bytes: 5_000_000,
      latency: LATENCY,
      statusCodes: { 200: 1000 },
      errors: {},
      busy: 0.42,
      broken: [],
    });
  });

  it("says it in words", () => {
    const text = describeReport(reportOf(URL, ASKED, result()));
    for (const words of [
      "1000 sent, 1000 succeeded, 0 failed, 0 cut off",
      "4.0 s, all requests were sent",
      "250.0 requests/s, 1.25 MB/s of bodies, 5.0 MB in all",
      "1.00 ms min, 4.50 ms mean, 12.3 s max",
      "p50 4.00 ms, p90 8.00 ms, p95 9.25 ms, p99 120 ms",
      "200: 1000",
      "busy 42 % of the time",
      "Every request that came to its end succeeded.",
    ]) {
      expect(text).toContain(words);
    }
  });

  it("counts as speed only what succeeded, for errors come fast", () => {
    expect(reportOf(URL, ASKED, result({ totals: FAULTY })).requestsPerSecond).toBe(247.5);
  });

  it("tells what was on its way in the end from what failed", () => {
    const report = reportOf(URL, ASKED, result({ sent: 1015, ending: "time" }));
    expect(report).toMatchObject({ cutOff: 15, failed: 0, broken: [] });
    expect(describeReport(report)).toContain("time was up");
  });

  it("when this program was busy nearly all the time, doubts its own figures", () => {
    expect(describeReport(reportOf(URL, ASKED, result({ busy: 0.97 })))).toContain("may be its limits");
    expect(describeReport(reportOf(URL, ASKED, result()))).not.toContain("may be its limits");
  });

  it.each<[string, Partial<SendResult>, string]>([
    ["requests failed", { totals: FAULTY }, "10 of 1000 requests failed (1 %; none may): 7 time-out, 3 status 503"],
    ["the server was gone", { ending: "gone" }, "no connection got through any more, so it was given up"],
    ["it was interrupted", { ending: "interrupted" }, "it was interrupted"],
    [
      "nobody answered at all",
      { sent: 15, ending: "time", totals: totals({ succeeded: 0, latency: undefined, statusCodes: new Map() }) },
      "none of 15 requests had an answer when it ended",
    ],
  ])("when %s, says so", (_, changes, words) => {
    const report = reportOf(URL, ASKED, result(changes));
    expect(report.broken).toEqual([words]);
    expect(describeReport(report)).toContain(`BROKEN: ${words}`);
  });

  it.each([
    [0.01, []],
    [0.0099, ["10 of 1000 requests failed (1 %; 0.99 % may): 7 time-out, 3 status 503"]],
  ])("when a share of %d may fail and 1 %% did, judges by it", (maxErrors, broken) => {
    const report = reportOf(URL, { ...ASKED, maxErrors }, result({ totals: FAULTY }));
    expect(report.broken).toEqual(broken);
    if (broken.length === 0) expect(describeReport(report)).toContain("10 requests failed, not more than may (1 %).");
  });
});

describe("a look at requests in one line", () => {
  const look = { at: 30, seconds: 2, succeeded: 100, failed: 1, latency: { p50: 4, p95: 9.25, p99: 120.4 } };

  it("has rate and latency of the moment, errors by kind and the progress of all", () => {
    const line = describeLook(look, FAULTY, { requests: 2000, seconds: 300 });
    expect(line).toContain(
      "50/s  p50 4.00 ms  p95 9.25 ms  p99 120 ms  errors 10 (3 status 503, 7 time-out)  1000 of 2000",
    );
  });

  it("fills its bar by count or by time, whichever is nearer to the end", () => {
    const filled = (requests: number, seconds: number) =>
      describeLook(look, totals(), { requests, seconds }).split("█").length - 1;
    expect([filled(2000, 300), filled(100_000, 60), filled(1000, 300)]).toEqual([12, 12, 24]);
  });

  it("in a moment without an answer, says so", () => {
    expect(describeLook({ ...look, latency: undefined }, totals(), { requests: 2000, seconds: 300 })).toContain(
      "no answers  errors 0 ",
    );
  });
});
