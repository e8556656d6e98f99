type Statistic = (values: readonly number[]) => number;

const sum: Statistic = (values) => values.reduce((total, value) => total + value, 0);

const statistics: Record<string, Statistic> = {
  SampleCount: (values) => values.length,
  Sum: sum,
  Average: (values) => sum(values) / values.length,
  Minimum: (values) => values.reduce((least, value) => Math.min(least, value), Infinity),
  Maximum: (values) => values.reduce((most, value) => Math.max(most, value), -Infinity),
};

/**
 * A CloudWatch statistic by its name: "Sum", "Average", "p90", …
 * @returns undefined for one that is not known here
 */
export function statisticNamed(name: string): Statistic | undefined {
  const percentile = /^p(\d{1,2}(?:\.\d+)?|100)$/.exec(name)?.[1];
  if (percentile === undefined) return statistics[name];
  return (values) => {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.max(Math.ceil((Number(percentile) / 100) * sorted.length) - 1, 0)] ?? NaN;
  };
}
