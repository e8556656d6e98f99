import { beforeEach, describe, expect, it } from "@jest/globals";
import { PlainLog, describeProgress } from "../../../../tools/release/display/deployment-log";
import { progressOf } from "../support/progress";

describe("a group's progress in one line", () => {
  it.each([
    ["waits", progressOf({ reason: "Pending" }), "server: 0 %, 0 of 2 new in service, 2 old (Pending)"],
    [
      "has replaced everything",
      progressOf({ percentage: 90, ready: 2, old: 0 }),
      "server: 90 %, 2 of 2 new in service",
    ],
    [
      "is healthy",
      progressOf({ state: "healthy", percentage: 100, ready: 2, old: 0 }),
      "server: healthy, 100 %, 2 of 2 new in service",
    ],
    [
      "has failed",
      progressOf({ state: "failed", reason: "bad" }),
      "server: failed, 0 %, 0 of 2 new in service, 2 old (bad)",
    ],
  ])("that %s", (_, progress, expected) => {
    expect(describeProgress(progress)).toBe(expected);
  });
});

describe("the log of a pipeline", () => {
  let lines: string[];
  let log: PlainLog;

  beforeEach(() => {
    lines = [];
    log = new PlainLog((text) => lines.push(text.replace(/^ *\d+\.\ds /, "")));
  });

  it("is one line for each step and warning", () => {
    log.step("applying");
    log.warn("it rains");
    expect(lines).toEqual(["applying\n", "warning: it rains\n"]);
  });

  it("has a line for a group whenever it has changed, and only then", () => {
    const worker = progressOf({ group: "worker" });
    log.progress([progressOf(), worker]);
    log.progress([progressOf(), worker]);
    log.progress([progressOf({ percentage: 50 }), worker]);
    expect(lines.map((line) => line.trim().slice(0, 12))).toEqual(["server: 0 %,", "worker: 0 %,", "server: 50 %"]);
  });

  it("says again how a group is in the next step", () => {
    log.progress([progressOf()]);
    log.step("putting back");
    log.progress([progressOf()]);
    expect(lines).toHaveLength(3);
  });

  it("has nothing to make room for", async () => {
    await expect(log.pause()).resolves.toBeUndefined();
  });
});
