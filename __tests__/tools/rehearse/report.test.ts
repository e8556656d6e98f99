import { describe, expect, it } from "@jest/globals";
import { type ReleaseFacts, describeReports, judgeRelease } from "../../../tools/rehearse/report";

const good: ReleaseFacts = {
  release: "good",
  expected: { outcome: "deployed", image: "imagery-2" },
  deployment: { outcome: "deployed", images: { imagery: "imagery-2" } },
  requests: { sent: 100, failed: 0, failures: [], slowestMs: 12, uploaded: ["a", "b"], processed: 2 },
  capacity: { server: { minimum: 2, lowest: 2 }, worker: { minimum: 1, lowest: 1 } },
  running: ["imagery-2"],
  seconds: 9,
};

describe("the report of a release", () => {
  it("finds nothing broken when all was as promised", () => {
    const report = judgeRelease(good);
    expect(report.broken).toEqual([]);
    expect(describeReports([report])).toContain("Every expectation held.");
  });

  it.each<[what: string, change: Partial<ReleaseFacts>, broken: string]>([
    [
      "a request failed",
      { requests: { ...good.requests, failed: 1, failures: ["page: status 502, not 200"] } },
      "1 of 100 requests failed: page: status 502, not 200",
    ],
    ["nobody asked for anything", { requests: { ...good.requests, sent: 0 } }, "there was no traffic"],
    [
      "too few served",
      { capacity: { server: { minimum: 2, lowest: 1 } } },
      "only 1 of at least 2 instances of server served",
    ],
    [
      "an image was lost",
      { requests: { ...good.requests, processed: 1 } },
      "1 of 2 uploaded images were not processed",
    ],
    [
      "a good build was rolled back",
      { deployment: { outcome: "rolled-back", reason: "timed out", images: {} } },
      'the outcome is "rolled-back" (timed out), not "deployed"',
    ],
    [
      "an old instance is left",
      { running: ["imagery-1", "imagery-2"] },
      "the fleets run imagery-1 and imagery-2, not imagery-2",
    ],
  ])("says so when %s", (_what, change, broken) => {
    const report = judgeRelease({ ...good, ...change });
    expect(report.broken).toEqual([broken]);
    expect(describeReports([report])).toContain(`BROKEN: good: ${broken}`);
  });
});
