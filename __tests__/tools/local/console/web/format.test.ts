import { describe, expect, it } from "@jest/globals";
import { metric, span } from "../../../../../tools/local/console/web/format";
import { niceAbove } from "../../../../../tools/local/console/web/panel";

describe("a span of time", () => {
  it.each([
    [-20, "0 s"],
    [59_400, "59 s"],
    [59_600, "1 min 00 s"],
    [187_000, "3 min 07 s"],
    [3_600_000, "1 h 00 min"],
    [93_900_000, "26 h 05 min"],
  ])("of %d ms reads %j", (milliseconds, text) => {
    expect(span(milliseconds)).toBe(text);
  });
});

describe("a metric's value", () => {
  it.each([
    [0, "0"],
    [12, "12"],
    [0.123456, "0.123"],
    [71.28, "71.3"],
    [1220, "1,220"],
    [1220.5, "1,220.5"],
  ])("of %d reads %j", (value, text) => {
    expect(metric(value)).toBe(text);
  });
});

describe("the chart's upper edge", () => {
  it.each([
    [0, 1],
    [4, 4],
    [7, 8],
    [10, 10],
    [11, 20],
    [250, 300],
    [901, 1000],
    [1001, 2000],
  ])("above %d is %d", (value, edge) => {
    expect(niceAbove(value)).toBe(edge);
  });
});
