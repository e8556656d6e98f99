import { describe, expect, it } from "@jest/globals";
import { renderChart } from "../../../tools/loadtest/chart";
import type { LoadTestResult, Sample } from "../../../tools/loadtest/load-test";
import { describeReport, reportOf } from "../../../tools/loadtest/report";
import type { Outcome } from "../../../tools/loadtest/target";

function sample(at: number, visible: number, inService: number, done: number): Sample {
  return { at, visible, inFlight: 0, fleet: { min: 1, max: 2, desired: inService, inService }, done };
}

const START = 1_000_000;
const ids = ["a", "b", "c", "d"];

function outcome(seconds: number, kind: Outcome["kind"] = "picture"): Outcome {
  return { kind, at: START + seconds * 1000 };
}

function result(changes: Partial<LoadTestResult> = {}): LoadTestResult {
  return {
    ids,
    startedAt: START,
    samples: [sample(0, 0, 1, 0), sample(1, 4, 1, 0), sample(2, 2, 2, 2), sample(3, 0, 2, 4), sample(4, 0, 1, 4)],
    outcomes: new Map(ids.map((id, i) => [id, outcome(1 + i / 2)])),
    wrongPictures: [],
    gaveUp: undefined,
    ...changes,
  };
}

describe("the report of a load test", () => {
  it("has the numbers of a test in which all went well", () => {
    expect(reportOf(result(), 30)).toEqual({
      messages: 4,
      pictures: 4,
      failures: 0,
      missing: 0,
      wrongPictures: 0,
      peakBacklog: 4,
      drainedAt: 2.5,
      picturesPerSecond: 1.6,
      latency: { median: 2, p95: 2.5 },
      fleet: { before: 1, most: 2, after: 1, grewAt: 2, shrankAt: 4 },
      timeFactor: 30,
      broken: [],
    });
  });

  it("says it in words, the time factor included", () => {
    const text = describeReport(reportOf(result(), 30));
    expect(text).toContain("4 sent, 4 pictures, 0 failures");
    expect(text).toContain("1 → 2 → 1 (grew after 2.0 s, shrank after 4.0 s)");
    expect(text).toContain("30 times faster");
    expect(text).toContain("the fleet grew, drained the queue and shrank");
  });

  it.each<[string, Partial<LoadTestResult>, RegExp]>([
    [
      "a message is lost",
      { outcomes: new Map([["a", outcome(1)]]), gaveUp: "timeout" },
      /of 3 of 4 messages there is neither/,
    ],
    ["a page failed", { outcomes: new Map(ids.map((id) => [id, outcome(1, "failure")])) }, /4 of 4 pages could not/],
    ["a picture is wrong", { wrongPictures: ["c"] }, /1 pictures are no PNG/],
    ["the fleet did not grow", { samples: [sample(0, 0, 1, 0), sample(1, 4, 1, 4)] }, /1\.\.2 did not grow/],
    [
      "the fleet did not shrink",
      { samples: [sample(0, 0, 1, 0), sample(1, 4, 2, 4)] },
      /still has 2 machines, and 1 would do/,
    ],
  ])("when %s, says what is broken", (_, changes, words) => {
    const report = reportOf(result(changes), 1);
    expect(report.broken.join("; ")).toMatch(words);
    expect(describeReport(report)).toContain("BROKEN");
  });

  it("when a fleet cannot grow, does not ask that of it", () => {
    const full = (at: number, done: number): Sample => ({
      ...sample(at, 0, 2, done),
      fleet: { min: 2, max: 2, desired: 2, inService: 2 },
    });
    expect(reportOf(result({ samples: [full(0, 0), full(1, 4)] }), 1).broken).toEqual([]);
  });
});

describe("the chart of a load test", () => {
  const svg = renderChart("4 <messages> & more", result().samples);

  it("is one picture with a line for the backlog, the fleet and the throughput", () => {
    expect(svg.match(/<path /g)).toHaveLength(3);
    for (const title of ["messages in the queue", "machines in service", "pictures per second"])
      expect(svg).toContain(title);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("draws the fleet in steps, from one machine to two and back", () => {
    const [, path = ""] = /machines in service.*?<path d="([^"]+)"/.exec(svg.replaceAll("\n", " ")) ?? [];
    const heights = [...path.matchAll(/[V](\d+(\.\d+)?)/g)].map(([, y]) => Number(y));
    const [one = 0, two = 0] = [heights[0], heights[1]];
    expect(two).toBeLessThan(one);
    expect(heights).toEqual([one, two, two, one]);
  });

  it("takes its title as text", () => {
    expect(svg).toContain("4 &lt;messages> &amp; more");
  });

  it("of a test without any look, is a picture all the same", () => {
    expect(renderChart("nothing", [])).not.toMatch(/NaN|Infinity|undefined/);
  });
});
