import { describe, expect, it } from "@jest/globals";
import { BacklogLine } from "../../../tools/loadtest/backlog-line";
import { LiveView, bar } from "../../../tools/loadtest/live-view";
import type { Sample } from "../../../tools/loadtest/load-test";

/** A view, and what it has written. */
function viewOn(isTTY: boolean, columns = 80): { view: LiveView; written: string[] } {
  const written: string[] = [];
  return { view: new LiveView({ isTTY, columns, write: (text: string) => written.push(text) > 0 }), written };
}

describe("the live view", () => {
  it("in a terminal, is one line that every look draws anew in place", () => {
    const { view, written } = viewOn(true);
    for (const at of [1, 2]) view.show(at, () => `look ${at}`);
    view.end();
    expect(written).toEqual(["\r\u001b[2K   1 s  look 1", "\r\u001b[2K   2 s  look 2", "\n"]);
  });

  it("never fills the terminal's width, for a line that wraps could not be drawn anew", () => {
    const { view, written } = viewOn(true, 20);
    view.show(1, () => "x".repeat(50));
    expect(written.join("").replace("\r\u001b[2K", "")).toHaveLength(19);
  });

  it("elsewhere, is a line of its own every five seconds", () => {
    const { view, written } = viewOn(false);
    for (let at = 0; at <= 11; at++) view.show(at, () => `look ${at}`);
    view.end();
    expect(written).toEqual(["   0 s  look 0\n", "   5 s  look 5\n", "  10 s  look 10\n"]);
  });
});

describe("a bar", () => {
  it.each([
    [0, 0],
    [0.01, 1],
    [0.5, 12],
    [1, 24],
    [1.2, 24],
  ])("of a share of %d has %d of its 24 parts filled", (share, filled) => {
    expect(bar(share)).toBe("█".repeat(filled) + "·".repeat(24 - filled));
  });
});

describe("a queue in one line", () => {
  const sample = (at: number, visible: number, done: number): Sample => ({
    ...{ at, visible, inFlight: 2, done },
    fleet: { min: 1, max: 2, desired: 2, inService: 1 },
  });

  it("has backlog, fleet, and the rate since the line before", () => {
    const line = new BacklogLine();
    line.describe(sample(0, 98, 0), 100);
    expect(line.describe(sample(10, 48, 50), 100)).toBe(
      `backlog ${bar(0.5)}   50  fleet 1 of 2 (1..2)  done 50 of 100 (5.0/s)`,
    );
  });
});
