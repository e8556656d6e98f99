import { describe, expect, it } from "@jest/globals";
import { type AlarmRule, type AlarmState, evaluationRange, judge } from "../../../../tools/local/cloudwatch/alarm";

const treatments = ["missing", "ignore", "breaching", "notBreaching"] as const;

/** Three of three above 5, unless something else is said. */
const rule = (changes: Partial<AlarmRule> = {}): AlarmRule => ({
  comparison: "GreaterThanThreshold",
  threshold: 5,
  evaluationPeriods: 3,
  datapointsToAlarm: 3,
  missingData: "missing",
  ...changes,
});

/** Data points as AWS's documentation writes them, the oldest first: X breaches, 0 does not, - is missing. */
function points(drawn: string): (number | undefined)[] {
  const values: Record<string, number | undefined> = { X: 9, "0": 0, "-": undefined };
  return drawn
    .split(" ")
    .map((point) => values[point])
    .reverse();
}

/** The state for each treatment of missing data; "before" where the state so far is kept. */
type Outcome = [missing: string, ignore: string, breaching: string, notBreaching: string];

function outcome(drawn: string, changes: Partial<AlarmRule>): Outcome {
  const judged = treatments.map((missingData) => {
    const states = (["OK", "ALARM"] as const).map((before) =>
      judge(rule({ ...changes, missingData }), points(drawn), before),
    );
    return states[0] === states[1] ? String(states[0]) : "before";
  });
  return judged as Outcome;
}

describe("an alarm", () => {
  // The tables of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
  describe("that needs three of three data points and looks at five", () => {
    it.each<[string, Outcome]>([
      ["0 - X - X", ["OK", "OK", "OK", "OK"]],
      ["0 - - - -", ["OK", "OK", "OK", "OK"]],
      ["- - - - 0", ["OK", "OK", "OK", "OK"]],
      ["- - - - -", ["INSUFFICIENT_DATA", "before", "ALARM", "OK"]],
      ["0 X X - X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
      ["- - X - -", ["ALARM", "before", "ALARM", "OK"]],
      ["X - - - -", ["ALARM", "before", "ALARM", "OK"]],
      ["- - - - X", ["INSUFFICIENT_DATA", "before", "ALARM", "OK"]],
    ])("finds in %s, by treatment of missing data: %j", (drawn, expected) => {
      expect(outcome(drawn, {})).toEqual(expected);
    });
  });

  describe("that needs two of three data points and looks at five", () => {
    it.each<[string, Outcome]>([
      ["0 - X - X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
      ["0 0 X 0 X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
      ["0 - X - -", ["OK", "OK", "ALARM", "OK"]],
      ["- - - - 0", ["OK", "OK", "ALARM", "OK"]],
      ["- - - X -", ["ALARM", "before", "ALARM", "OK"]],
    ])("finds in %s, by treatment of missing data: %j", (drawn, expected) => {
      expect(outcome(drawn, { datapointsToAlarm: 2 })).toEqual(expected);
    });
  });

  it.each<[AlarmRule["comparison"], number, AlarmState]>([
    ["GreaterThanThreshold", 5, "OK"],
    ["GreaterThanThreshold", 6, "ALARM"],
    ["GreaterThanOrEqualToThreshold", 5, "ALARM"],
    ["LessThanThreshold", 5, "OK"],
    ["LessThanThreshold", 4, "ALARM"],
    ["LessThanOrEqualToThreshold", 5, "ALARM"],
  ])("with %s 5 and a value of %d is %s", (comparison, value, state) => {
    expect(judge(rule({ comparison, evaluationPeriods: 1, datapointsToAlarm: 1 }), [value], "OK")).toBe(state);
  });

  it("looks two data points further back than it needs", () => {
    expect(evaluationRange(rule())).toBe(5);
  });
});
