import type { Construct } from "constructs";
import { Alarm, type AlarmTarget } from "./alarms";
import type { DatabaseEngineName } from "./database-engine";

export interface DatabaseAlarmProps {
  readonly notify: AlarmTarget;
  /** Name of the RDS instance. */
  readonly instance: string;
  /** The same as Terraform's reference to it. */
  readonly identifier: string;
  readonly engine: DatabaseEngineName;
  /** GiB that it had at first. */
  readonly storage: number;
  /** Connections that it takes. */
  readonly connections: number;
}

/** Share of the connections from which on somebody should look: the others are used up quickly when queries become slow. */
const MANY = 2 / 3;

/**
 * What somebody has to know of an RDS instance while it still works. Metrics and most of the thresholds:
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html and
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html.
 */
export function databaseAlarms(scope: Construct, props: DatabaseAlarmProps): readonly Alarm[] {
  const { notify, instance, identifier, engine, storage, connections } = props;
  const common = { notify, namespace: "AWS/RDS", dimensions: { DBInstanceIdentifier: identifier } };
  return [
    // RDS adds storage when a tenth has been free for five minutes. Half an hour later it has not.
    new Alarm(scope, "storage", {
      ...common,
      description: `${instance} has little storage left and got no more for half an hour: it is at its maximum, or was enlarged less than six hours ago. Raise storage.max, or find what fills it.`,
      metric: "FreeStorageSpace",
      statistic: "Minimum",
      below: (storage * 2 ** 30) / 10,
      period: 300,
      periods: 6,
    }),
    new Alarm(scope, "cpu", {
      ...common,
      description: `${instance} has had no processor left for five minutes: look for the query with the most load in Database Insights or the log of slow queries before taking a larger class.`,
      metric: "CPUUtilization",
      statistic: "Average",
      above: 90,
      periods: 5,
    }),
    new Alarm(scope, "connections", {
      ...common,
      description: `${instance} has more than two thirds of the connections that it can take, and refuses all above them: find who opens them (slow queries, or more clients than were planned for).`,
      metric: "DatabaseConnections",
      statistic: "Maximum",
      above: Math.floor(connections * MANY),
      periods: 3,
    }),
    ...(engine === "postgres"
      ? [
          // It stops to write at two thousand million; vacuuming normally begins at two hundred million.
          new Alarm(scope, "transactions", {
            ...common,
            description: `${instance} has a thousand million transactions that are not vacuumed, and stops taking writes at two: end transactions and replication slots that are open for long, then vacuum the oldest tables.`,
            metric: "MaximumUsedTransactionIDs",
            statistic: "Maximum",
            above: 1_000_000_000,
          }),
        ]
      : []),
  ];
}
