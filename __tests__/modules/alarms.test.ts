import { describe, expect, it } from "@jest/globals";
import { Alarm, type AlarmProps } from "../../modules/alarms";
import { synthesize } from "../support/synthesized";

const props = {
  notify: "nobody",
  description: "What to do first.",
  namespace: "AWS/RDS",
  metric: "FreeStorageSpace",
  dimensions: { DBInstanceIdentifier: "database" },
  statistic: "Minimum",
} as const;
const alarmWith = (limits: Partial<AlarmProps>) =>
  synthesize((scope) => new Alarm(scope, "alarm", { ...props, ...limits })).one("aws_cloudwatch_metric_alarm");

describe("Alarm", () => {
  it("rings above a value, or below one, 0 among them", () => {
    expect(alarmWith({ above: 0 })).toMatchObject({ comparison_operator: "GreaterThanThreshold", threshold: 0 });
    expect(alarmWith({ below: 0 })).toMatchObject({ comparison_operator: "LessThanThreshold", threshold: 0 });
  });

  it.each([{}, { above: 1, below: 2 }])("refuses %j: it rings on one side", (limits) => {
    expect(() => alarmWith(limits)).toThrow("exactly one of them");
  });
});
