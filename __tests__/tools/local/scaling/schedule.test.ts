import { describe, expect, it } from "@jest/globals";
import { parseCron } from "../../../../tools/local/scaling/cron";
import { type Schedule, applySchedule, isDue } from "../../../../tools/local/scaling/schedule";

const at = (time: string): number => Date.parse(time);

describe("a cron expression", () => {
  it.each([
    ["0 8 * * *", "2026-03-02T08:00:00Z", true],
    ["0 8 * * *", "2026-03-02T08:01:00Z", false],
    ["*/15 * * * *", "2026-03-02T08:45:00Z", true],
    ["*/15 * * * *", "2026-03-02T08:50:00Z", false],
    ["5/20 * * * *", "2026-03-02T08:25:00Z", true],
    ["0 9-17/4 * * *", "2026-03-02T13:00:00Z", true],
    ["0 9-17/4 * * *", "2026-03-02T14:00:00Z", false],
    ["0 0 1,15 * *", "2026-03-15T00:00:00Z", true],
    // A Monday
    ["0 8 * * 1-5", "2026-03-02T08:00:00Z", true],
    ["0 8 * * MON-FRI", "2026-03-01T08:00:00Z", false],
    ["0 8 * * 0", "2026-03-01T08:00:00Z", true],
    ["0 8 * * 7", "2026-03-01T08:00:00Z", true],
    ["0 8 * feb-mar *", "2026-03-01T08:00:00Z", true],
    // Both day fields restricted: one is enough
    ["0 8 13 * 1", "2026-03-02T08:00:00Z", true],
    ["0 8 13 * 1", "2026-03-13T08:00:00Z", true],
    ["0 8 13 * 1", "2026-03-14T08:00:00Z", false],
  ])("%s at %s: %s", (expression, time, expected) => {
    expect(parseCron(expression)(at(time))).toBe(expected);
  });

  it.each([
    ["2026-01-05T07:00:00Z", true],
    ["2026-07-06T07:00:00Z", false],
    ["2026-07-06T06:00:00Z", true],
  ])("follows the summer time of its zone: 08:00 in Berlin at %s is %s", (time, expected) => {
    expect(parseCron("0 8 * * *", "Europe/Berlin")(at(time))).toBe(expected);
  });

  it.each([
    "* * * *",
    "60 * * * *",
    "* 24 * * *",
    "* * 0 * *",
    "* * * 13 *",
    "* * * * 8",
    "5-1 * * * *",
    "a * * * *",
    "1- * * * *",
  ])("is refused: %s", (expression) => {
    expect(() => parseCron(expression)).toThrow(/^cron /);
  });

  it("is refused with a time zone that does not exist", () => {
    expect(() => parseCron("* * * * *", "Europe/Atlantis")).toThrow("Europe/Atlantis");
  });
});

describe("a scheduled action", () => {
  const once: Schedule = {
    name: "once",
    min: undefined,
    max: undefined,
    desired: 4,
    start: at("2026-03-02T08:00:00Z"),
    end: undefined,
    recurrence: undefined,
  };
  const daily = { ...once, start: undefined, recurrence: parseCron("0 8 * * *") };

  it.each([
    ["at its time", once, "2026-03-02T07:59:30Z", "2026-03-02T08:00:00Z", true],
    ["not before", once, "2026-03-02T07:58:30Z", "2026-03-02T07:59:59Z", false],
    ["not again after it", once, "2026-03-02T08:00:00Z", "2026-03-02T08:05:00Z", false],
    ["daily, at its time", daily, "2026-03-03T07:59:30Z", "2026-03-03T08:00:30Z", true],
    ["daily, also when minutes were missed", daily, "2026-03-03T07:30:00Z", "2026-03-03T08:30:00Z", true],
    ["daily, not again in the same minute", daily, "2026-03-03T08:00:10Z", "2026-03-03T08:00:50Z", false],
    [
      "not before its start",
      { ...daily, start: at("2026-03-04T00:00:00Z") },
      "2026-03-03T07:59:00Z",
      "2026-03-03T08:01:00Z",
      false,
    ],
    [
      "not after its end",
      { ...daily, end: at("2026-03-03T00:00:00Z") },
      "2026-03-03T07:59:00Z",
      "2026-03-03T08:01:00Z",
      false,
    ],
  ])("happens %s", (_case, schedule, after, upTo, expected) => {
    expect(isDue(schedule, at(after), at(upTo))).toBe(expected);
  });

  it.each([
    [{ desired: 4 }, { min: 1, max: 5, desired: 4 }],
    [{ desired: 9 }, { min: 1, max: 5, desired: 5 }],
    [{ min: 3 }, { min: 3, max: 5, desired: 3 }],
    [{ max: 1 }, { min: 1, max: 1, desired: 1 }],
    [
      { min: 0, max: 0, desired: 0 },
      { min: 0, max: 0, desired: 0 },
    ],
  ])("that says %j makes of a group of 1..5 with 2: %j", (says, expected) => {
    const schedule = { ...once, desired: undefined, ...says };
    expect(applySchedule(schedule, { min: 1, max: 5, desired: 2 })).toEqual(expected);
  });
});
