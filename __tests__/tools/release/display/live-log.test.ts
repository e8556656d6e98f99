import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { LiveLog } from "../../../../tools/release/display/live-log";
import { eventually } from "../../../support/eventually";
import { progressOf } from "../support/progress";
import { Terminal } from "../support/terminal";

let terminal: Terminal;
let log: LiveLog;
let elsewhere: string;

beforeEach(() => {
  terminal = new Terminal();
  log = new LiveLog(terminal.stream);
  elsewhere = "";
  for (const stream of [process.stdout, process.stderr]) {
    jest.spyOn(stream, "write").mockImplementation((text) => Boolean((elsewhere += String(text))));
  }
});

afterEach(() => {
  jest.restoreAllMocks();
  // Standard output is a pipe here, as with `--json | jq`: the result alone belongs there.
  expect(elsewhere).toBe("");
});

const drawn = (text: string) => eventually(text, () => terminal.written.includes(text));

describe("the log in a terminal", () => {
  it("shows steps and warnings as lines", async () => {
    log.step("applying the plan");
    log.warn("it rains");
    await log.pause();
    expect(terminal.screen).toEqual(["applying the plan", "warning: it rains"]);
  });

  it("draws groups anew in their lines, and keeps how they ended", async () => {
    const worker = progressOf({ group: "worker" });
    log.progress([progressOf(), worker]);
    await drawn("server: 0 %");
    log.progress([progressOf({ percentage: 50, ready: 1, old: 1 }), worker]);
    await drawn("server: 50 %");
    const end = { state: "healthy", percentage: 100, ready: 2, old: 0 } as const;
    log.progress([progressOf(end), progressOf({ ...end, group: "worker" })]);
    log.step("asking the stack's URL");
    await log.pause();
    expect(terminal.screen).toEqual([
      expect.stringMatching(/^. server: healthy, 100 %, 2 of 2 new in service$/),
      expect.stringMatching(/^. worker: healthy, 100 %, 2 of 2 new in service$/),
      "asking the stack's URL",
    ]);
  });

  it("keeps why a group has failed", async () => {
    log.progress([progressOf()]);
    await drawn("server: 0 %");
    log.progress([progressOf({ state: "failed", reason: "bad" })]);
    log.warn("failed: bad");
    await log.pause();
    expect(terminal.screen).toEqual([
      expect.stringMatching(/^. server: failed, 0 %, 0 of 2 new in service, 2 old \(bad\)$/),
      "warning: failed: bad",
    ]);
  });

  it("makes room for a question, and draws again afterwards", async () => {
    log.progress([progressOf()]);
    await drawn("server: 0 %");
    await log.pause();
    const before = terminal.written;
    terminal.write("Cancel, keep watching, leave? k\n");
    await new Promise((resolve) => setTimeout(resolve, 250)); // longer than a frame of the animation
    expect(terminal.written).toBe(`${before}Cancel, keep watching, leave? k\n`);
    log.progress([progressOf({ percentage: 50 })]);
    await drawn("server: 50 %");
    await log.pause();
    expect(terminal.screen.at(-1)).toMatch(/server: 50 %/);
  });

  it("does not hang when what it would draw ends before it is drawn", async () => {
    log.progress([progressOf({ state: "failed", reason: "bad" })]);
    log.step("putting back");
    log.progress([progressOf({ state: "healthy", percentage: 100 })]);
    await log.pause();
    expect(terminal.screen).toContain("putting back");
  });

  it("has nothing to make room for before anything was drawn", async () => {
    await expect(log.pause()).resolves.toBeUndefined();
    expect(terminal.written).toBe("");
  });

  it("bears a stack without groups", async () => {
    log.progress([]);
    log.step("asking the stack's URL");
    await log.pause();
    expect(terminal.screen).toEqual(["asking the stack's URL"]);
  });
});
