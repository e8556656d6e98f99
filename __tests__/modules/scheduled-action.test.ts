import { describe, expect, it } from "@jest/globals";
import { isCron } from "../../modules/cron";
import type { ScheduledActionProps } from "../../modules/scheduled-action";
import { fleet } from "../support/fleet";
import { synthesize } from "../support/synthesized";

/** A fleet of 1 to 3 machines with this action. */
const scheduled = (props: ScheduledActionProps) =>
  synthesize((stack) => {
    fleet(stack).scaleOnSchedule("change", props);
  });
const actionOf = (props: ScheduledActionProps) => scheduled(props).one("aws_autoscaling_schedule");

describe("scaling on a schedule", () => {
  it("changes the size again and again, in UTC unless told otherwise", () => {
    expect(actionOf({ recurrence: "0 8 * * *", desired: 3 })).toMatchObject({
      autoscaling_group_name: expect.stringMatching(/^\$\{aws_autoscaling_group\.things_group_\w+\.name\}$/),
      recurrence: "0 8 * * *",
      time_zone: "Etc/UTC",
      desired_capacity: 3,
    });
    expect(actionOf({ recurrence: "0 8 * * *", timeZone: "Europe/Berlin", desired: 3 })).toMatchObject({
      time_zone: "Europe/Berlin",
    });
  });

  it("changes the size once, at a time in UTC", () => {
    const action = actionOf({ startTime: "2999-03-01T06:00:00Z", min: 2, max: 9, desired: 5 });
    expect(action).toMatchObject({
      scheduled_action_name: "example-test-things-change",
      start_time: "2999-03-01T06:00:00Z",
      min_size: 2,
      max_size: 9,
      desired_capacity: 5,
    });
    expect(action).not.toHaveProperty("recurrence");
    expect(action).not.toHaveProperty("time_zone");
  });

  it("leaves alone what it does not name: the provider would otherwise set 0", () => {
    expect(actionOf({ recurrence: "0 8 * * *", desired: 2 })).toMatchObject({ min_size: -1, max_size: -1 });
    expect(actionOf({ recurrence: "0 8 * * *", max: 9 })).toMatchObject({ min_size: -1, desired_capacity: -1 });
  });

  it("is a new action when its recurrence or time zone changes, for the provider keeps the old one's next start", () => {
    const nameOf = (recurrence: string, timeZone?: string) =>
      actionOf({ recurrence, timeZone, desired: 2 }).scheduled_action_name;
    const name = nameOf("0 8 * * *");
    expect(name).toMatch(/^example-test-things-change-[\da-f]{8}$/);
    expect(nameOf("0 8 * * *")).toBe(name);
    expect(nameOf("0 9 * * *")).not.toBe(name);
    expect(nameOf("0 8 * * *", "Europe/Berlin")).not.toBe(name);
  });

  it("has Terraform ignore the bounds that it moves, and only those", () => {
    const ignored = (props: ScheduledActionProps) => scheduled(props).one("aws_autoscaling_group").lifecycle;
    expect(ignored({ recurrence: "0 8 * * *", desired: 2 })).toEqual({ ignore_changes: ["desired_capacity"] });
    expect(ignored({ recurrence: "0 8 * * *", min: 2 })).toEqual({ ignore_changes: ["desired_capacity", "min_size"] });
    expect(ignored({ recurrence: "0 8 * * *", min: 2, max: 9 })).toEqual({
      ignore_changes: ["desired_capacity", "min_size", "max_size"],
    });
  });

  it("is left out once its only time has passed, when AWS would refuse it", () => {
    expect(scheduled({ startTime: "2020-01-01T00:00:00Z", desired: 2 }).all("aws_autoscaling_schedule")).toEqual([]);
  });

  it.each<[string, ScheduledActionProps, string]>([
    ["no time", { desired: 2 }, "startTime, recurrence: got 0, allowed: exactly one of the two"],
    [
      "two times",
      { startTime: "2999-01-01T00:00:00Z", recurrence: "0 8 * * *", desired: 2 },
      "startTime, recurrence: got 2, allowed: exactly one of the two",
    ],
    ["no change", { recurrence: "0 8 * * *" }, "min, max, desired: got 0, allowed: at least one of the three"],
    [
      "a local time",
      { startTime: "2999-03-01T06:00:00+01:00", desired: 2 },
      'startTime: got "2999-03-01T06:00:00+01:00", allowed: a time in UTC such as 2027-03-01T06:00:00Z',
    ],
    [
      "a day that there is not",
      { startTime: "2999-02-30T06:00:00Z", desired: 2 },
      'startTime: got "2999-02-30T06:00:00Z", allowed: a time in UTC',
    ],
    [
      "a cron of six fields",
      { recurrence: "0 0 8 * * *", desired: 2 },
      'recurrence: got "0 0 8 * * *", allowed: five fields such as 0 8 * * MON-FRI',
    ],
    [
      "a time zone that there is not",
      { recurrence: "0 8 * * *", timeZone: "Europe/Atlantis", desired: 2 },
      'timeZone: got "Europe/Atlantis", allowed: an IANA time zone such as Europe/Berlin',
    ],
    [
      "an abbreviated time zone",
      { recurrence: "0 8 * * *", timeZone: "CET", desired: 2 },
      'timeZone: got "CET", allowed: an IANA time zone such as Europe/Berlin',
    ],
    [
      "a time zone for a time in UTC",
      { startTime: "2999-03-01T06:00:00Z", timeZone: "Europe/Berlin", desired: 2 },
      'timeZone: got "Europe/Berlin", allowed: only with recurrence: startTime is in UTC',
    ],
    [
      "more machines than the fleet may have",
      { recurrence: "0 8 * * *", desired: 4 },
      "desired: got 4, allowed: min to max (1 to 3)",
    ],
    ["a least above the greatest", { recurrence: "0 8 * * *", min: 5, max: 4 }, "min: got 5, allowed: 0 to max (4)"],
  ])("refuses %s", (_, props, message) => {
    expect(() => scheduled(props)).toThrow(`example/things/change: invalid props\n  ${message}`);
  });
});

describe("a cron expression", () => {
  it.each([
    "* * * * *",
    "0 8 * * *",
    "59 23 31 12 7",
    "*/15 * * * *",
    "0-30/10 8-18 * * MON-FRI",
    "30 0 1 1,6,12 *",
    "0 0 1 JAN-MAR sun",
  ])("may be %j", (text) => {
    expect(isCron(text)).toBe(true);
  });

  it.each([
    ["nothing", ""],
    ["four fields", "0 8 * *"],
    ["six fields", "0 8 * * * *"],
    ["two spaces", "0  8 * * *"],
    ["minute 60", "60 8 * * *"],
    ["hour 24", "0 24 * * *"],
    ["day 0", "0 8 0 * *"],
    ["month 13", "0 8 1 13 *"],
    ["weekday 8", "0 8 * * 8"],
    ["a range that runs backwards", "0 18-8 * * *"],
    ["a range of three", "0 1-2-3 * * *"],
    ["a step of zero", "*/0 * * * *"],
    ["a step from a single number", "5/15 * * * *"],
    ["an empty item of a list", "0,,30 8 * * *"],
    ["a day's name among the months", "0 8 * MON *"],
    ["a sign", "-5 8 * * *"],
    ["Quartz's question mark", "0 8 ? * *"],
    ["a nickname", "@daily"],
  ])("may not have %s", (_, text) => {
    expect(isCron(text)).toBe(false);
  });
});
