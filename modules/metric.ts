export type Statistic = "Sum" | "Average" | "Minimum" | "Maximum";

/** A series of numbers in CloudWatch. */
export interface Metric {
  /** CloudWatch's namespace, such as `AWS/SQS`. */
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** How the data points of a period become one value. */
  readonly statistic: Statistic;
  /** Seconds over which the statistic is taken: 10, 30 or a multiple of 60. */
  readonly period: number;
  /**
   * What it means when there are no data points. `zero`: nothing happens, and a fleet may shrink. `unknown`: nobody can tell, and
   * a fleet stays as it is.
   */
  readonly missing: "zero" | "unknown";
}

/** A value that CloudWatch computes from metrics (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html). */
export interface MetricMath {
  /** Such as `visible / machines`, over the ids of `metrics`. */
  readonly expression: string;
  /** By id: a lower-case letter, then letters, digits and underscores. */
  readonly metrics: Readonly<Record<string, Metric>>;
}

/** Whether CloudWatch offers alarms over periods of so many seconds. */
export function isAlarmPeriod(seconds: number): boolean {
  return seconds === 10 || seconds === 30 || (seconds > 0 && seconds % 60 === 0);
}

export const ALARM_PERIODS = "10, 30 or a multiple of 60 seconds";
