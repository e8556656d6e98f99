import { describe, expect, it } from "@jest/globals";
import { AlarmTopic } from "../../modules/alarms";
import { Database, type DatabaseProps } from "../../modules/database";
import { Vpc } from "../../modules/vpc";
import { synthesize } from "../support/synthesized";

const TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms";

const databaseWith = (props: Partial<DatabaseProps> = {}) =>
  synthesize(
    (scope) => {
      const vpc = new Vpc(scope, "vpc", { egress: "none" });
      const alarms = AlarmTopic.fromEnvironment(scope, "alarms");
      new Database(scope, "database", { vpc, alarms, engine: "mysql", name: "app", ...props });
    },
    { alarms: { topicArn: TOPIC } },
  );
const alarmOf = (metric: string, props: Partial<DatabaseProps> = {}) =>
  databaseWith(props)
    .all("aws_cloudwatch_metric_alarm")
    .find(({ metric_name }) => metric_name === metric);

describe("An alarm of a Database", () => {
  const mysql = databaseWith().all("aws_cloudwatch_metric_alarm");
  const postgres = databaseWith({ engine: "postgres" }).all("aws_cloudwatch_metric_alarm");

  it("is about that database, tells the environment's topic, and says what to do", () => {
    expect(mysql).toHaveLength(3);
    for (const alarm of [...mysql, ...postgres]) {
      expect(alarm).toMatchObject({
        namespace: "AWS/RDS",
        dimensions: { DBInstanceIdentifier: expect.stringMatching(/^\$\{aws_db_instance\.\w+\.identifier\}$/) },
        alarm_actions: [TOPIC],
        alarm_description: expect.stringMatching(/^example-test-database .*(raise|look|find|vacuum)/i),
      });
    }
  });

  it("rings when it has had less than a tenth of its storage free for half an hour, in which RDS adds some", () => {
    expect(alarmOf("FreeStorageSpace", { storage: { initial: 50, max: 100 } })).toMatchObject({
      comparison_operator: "LessThanThreshold",
      threshold: 5 * 2 ** 30,
      statistic: "Minimum",
      period: 300,
      evaluation_periods: 6,
    });
  });

  it("rings when its processor has been busy for five minutes", () => {
    expect(alarmOf("CPUUtilization")).toMatchObject({
      comparison_operator: "GreaterThanThreshold",
      threshold: 90,
      statistic: "Average",
      period: 60,
      evaluation_periods: 5,
    });
  });

  it.each<[DatabaseProps["engine"], string, number]>([
    // Two thirds of memory / 12582880, and of the lesser of memory / 9531392 and 5000.
    ["mysql", "db.t4g.micro", 56],
    ["mysql", "db.t4g.medium", 227],
    ["mysql", "db.m8g.large", 455],
    ["mysql", "db.r7g.2xlarge", 3640],
    ["postgres", "db.t4g.medium", 300],
    ["postgres", "db.m6gd.xlarge", 1201],
    ["postgres", "db.r8g.16xlarge", 3333],
  ])("rings when two thirds of the connections are taken: %s on a %s, above %i", (engine, instanceClass, threshold) => {
    expect(alarmOf("DatabaseConnections", { engine, instanceClass })).toMatchObject({
      comparison_operator: "GreaterThanThreshold",
      threshold,
      statistic: "Maximum",
      evaluation_periods: 3,
    });
  });

  it("goes by the number of connections that is given", () => {
    expect(alarmOf("DatabaseConnections", { parameters: { max_connections: "300" } })?.threshold).toBe(200);
  });

  it("rings on PostgreSQL long before it stops to write for want of vacuuming", () => {
    expect(alarmOf("MaximumUsedTransactionIDs", { engine: "postgres" })).toMatchObject({
      comparison_operator: "GreaterThanThreshold",
      threshold: 1_000_000_000,
      statistic: "Maximum",
    });
    expect(alarmOf("MaximumUsedTransactionIDs")).toBeUndefined();
  });
});
