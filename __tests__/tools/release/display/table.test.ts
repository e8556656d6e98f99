import { describe, expect, it } from "@jest/globals";
import { minute, table } from "../../../../tools/release/display/table";

describe("a table", () => {
  it("has columns as wide as their widest cell, and no blanks at the ends of lines", () => {
    expect(
      table(
        ["a", "long heading", "c"],
        [
          ["wide cell", "x", ""],
          ["y", "", "z"],
        ],
      ),
    ).toBe(["a          long heading  c", "wide cell  x", "y                        z"].join("\n"));
  });

  it("without rows is its headings", () => {
    expect(table(["a", "b"], [])).toBe("a  b");
  });
});

describe("a moment", () => {
  it("is shown to the minute, in UTC", () => {
    expect(minute(new Date("2026-02-03T04:05:59.999+01:00"))).toBe("2026-02-03 03:05");
  });
});
