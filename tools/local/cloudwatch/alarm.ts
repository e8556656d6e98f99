/** The states of a CloudWatch alarm. */
export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

const comparisons = {
  GreaterThanThreshold: (value: number, threshold: number) => value > threshold,
  GreaterThanOrEqualToThreshold: (value: number, threshold: number) => value >= threshold,
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
  LessThanOrEqualToThreshold: (value: number, threshold: number) => value <= threshold,
};
const missingDataTreatments = ["missing", "ignore", "breaching", "notBreaching"] as const;

export type Comparison = keyof typeof comparisons;
export type MissingData = (typeof missingDataTreatments)[number];

/** When an alarm rings, in the words of CloudWatch's API. */
export interface AlarmRule {
  readonly comparison: Comparison;
  readonly threshold: number;
  /** How many of the latest data points are looked at */
  readonly evaluationPeriods: number;
  /** How many of these have to breach the threshold */
  readonly datapointsToAlarm: number;
  readonly missingData: MissingData;
}

/** How many more data points than the evaluation periods CloudWatch looks back for. */
const furtherDataPoints = 2;

/** How many data points an alarm looks at: more than it needs, for those that are missing. */
export function evaluationRange({ evaluationPeriods }: AlarmRule): number {
  return evaluationPeriods + furtherDataPoints;
}

export function isComparison(name: string): name is Comparison {
  return name in comparisons;
}

export function isMissingData(name: string): name is MissingData {
  return missingDataTreatments.some((known) => known === name);
}

/**
 * The state of an alarm, from its data points, as CloudWatch finds it.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 * @param points of the evaluation range, the newest first; undefined where one is missing
 * @param before the state so far
 */
export function judge(rule: AlarmRule, points: readonly (number | undefined)[], before: AlarmState): AlarmState {
  const { evaluationPeriods, datapointsToAlarm, missingData } = rule;
  const breaches = (point: number): boolean => comparisons[rule.comparison](point, rule.threshold);
  const existing = points.filter((point) => point !== undefined).slice(0, evaluationPeriods);
  const breaching = existing.filter(breaches).length;
  const missing = evaluationPeriods - existing.length;
  const rings = breaching + (missingData === "breaching" ? missing : 0) >= datapointsToAlarm;
  if (rings) return "ALARM";
  // One good data point, or missing ones that count as good, are enough for OK.
  if (missing === 0 || missingData === "breaching" || missingData === "notBreaching" || breaching < existing.length)
    return "OK";
  if (missingData === "ignore") return before;
  // Only breaching ones, and too few: it rings if they go back far enough, since what is missing will not come any more.
  const oldest = points.findLastIndex((point) => point !== undefined) + 1;
  return oldest >= datapointsToAlarm ? "ALARM" : "INSUFFICIENT_DATA";
}
