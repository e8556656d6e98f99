import { type CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";

/** Names that CloudWatch takes in one question (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html). */
const NAMES_AT_ONCE = 100;

/** Which of these alarms ring now. */
export async function ringing(cloudWatch: CloudWatchClient, names: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (let from = 0; from < names.length; from += NAMES_AT_ONCE) {
    const { MetricAlarms = [] } = await cloudWatch.send(
      new DescribeAlarmsCommand({
        AlarmNames: names.slice(from, from + NAMES_AT_ONCE),
        StateValue: "ALARM",
        MaxRecords: NAMES_AT_ONCE,
      }),
    );
    found.push(...MetricAlarms.flatMap(({ AlarmName }) => AlarmName ?? []));
  }
  return found;
}
