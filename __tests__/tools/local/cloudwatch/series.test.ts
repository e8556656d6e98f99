import { describe, expect, it } from "@jest/globals";
import { parseMetricMath } from "../../../../tools/local/cloudwatch/metric-math";
import { type MetricId, Metrics } from "../../../../tools/local/cloudwatch/metrics";
import { Series, seriesOf } from "../../../../tools/local/cloudwatch/series";

const minute = 60_000;
const visible: MetricId = { namespace: "AWS/SQS", name: "Visible", dimensions: { QueueName: "work" } };
const machines: MetricId = {
  namespace: "AWS/AutoScaling",
  name: "InService",
  dimensions: { Name: "worker", Zone: "a" },
};

/** Metrics with one measurement a minute, from minute 1 on; undefined is none. */
function measured(...values: (number | undefined)[]): Metrics {
  const metrics = new Metrics();
  metrics.watch(visible, 60 * minute);
  values.forEach((value, index) => {
    if (value !== undefined) metrics.add({ metric: visible, values: [value] }, (index + 1) * minute);
  });
  return metrics;
}

describe("a series", () => {
  const metrics = measured(1, 2, 3, 4, 5, 6);

  it("adds up the five minutes that end now, and slides on with every minute", () => {
    const sum = seriesOf(visible, "Sum");
    expect(sum.at(metrics, 5 * minute, 5 * minute)).toBe(15);
    expect(sum.at(metrics, 6 * minute, 5 * minute)).toBe(20);
  });

  it.each([
    ["SampleCount", 4],
    ["Sum", 14],
    ["Average", 3.5],
    ["Minimum", 2],
    ["Maximum", 5],
    ["p50", 3],
    ["p99.9", 5],
  ])("takes the %s of a period: %d", (statistic, expected) => {
    expect(seriesOf(visible, statistic).at(metrics, 5 * minute, 4 * minute)).toBe(expected);
  });

  it("has no data point where nothing was measured", () => {
    expect(seriesOf(visible, "Sum").latest(measured(1, undefined, 3), 3 * minute, minute, 4)).toEqual([
      3,
      undefined,
      1,
      undefined,
    ]);
  });

  it("knows a metric by its dimensions, in whatever order they are", () => {
    const both = measured();
    both.watch(machines, minute);
    both.add({ metric: { ...machines, dimensions: { Zone: "a", Name: "worker" } }, values: [2] }, minute);
    both.add({ metric: { ...machines, dimensions: { Zone: "b", Name: "worker" } }, values: [9] }, minute);
    expect(seriesOf(machines, "Sum").at(both, minute, minute)).toBe(2);
    expect(both.all).toEqual([visible, machines]);
  });

  it("forgets what nobody will ask for any more", () => {
    const brief = new Metrics();
    brief.watch(visible, 2 * minute);
    for (let at = 1; at <= 5; at += 1) brief.add({ metric: visible, values: [1] }, at * minute);
    expect(seriesOf(visible, "SampleCount").at(brief, 5 * minute, 60 * minute)).toBe(2);
  });

  it("calculates the backlog per instance", () => {
    const both = measured(30);
    both.watch(machines, minute);
    both.add({ metric: machines, values: [2] }, minute);
    const backlog = new Series(
      [
        { id: "visible", metric: visible, statistic: "Sum" },
        { id: "machines", metric: machines, statistic: "Average" },
        { id: "result", expression: "visible / machines" },
      ],
      "result",
    );
    expect(backlog.at(both, minute, minute)).toBe(15);
    expect(backlog.at(both, 9 * minute, minute)).toBeUndefined();
  });

  it("refuses a statistic that is not known", () => {
    expect(() => seriesOf(visible, "Median")).toThrow('the statistic "Median" is not known');
  });
});

describe("metric math", () => {
  const values: Record<string, number> = { m1: 6, m2: 3, zero: 0 };

  it.each([
    ["m1 / m2", 2],
    ["m1 - m2 - 1", 2],
    ["m1 + m2 * 2", 12],
    ["(m1 + m2) * 2", 18],
    ["-m1 + 1.5", -4.5],
    ["m1 / zero", undefined],
    ["m1 / none", undefined],
    ["FILL(none, 0) + m1", 6],
    ["FILL(m1, 0)", 6],
    ["IF(m1 > m2, m1, m2)", 6],
    ["IF(m1 <= m2, m1, m2)", 3],
    ["m1 / MAX([zero, 1])", 6],
    ["MIN([m1, m2])", 3],
    ["CEIL(m2 / 2)", 2],
    ["FLOOR(m2 / 2)", 1],
  ])("makes of %s: %d", (expression, expected) => {
    expect(parseMetricMath(expression)((id) => values[id])).toBe(expected);
  });

  it.each([
    ["ANOMALY_DETECTION_BAND(m1, 2)", '"ANOMALY_DETECTION_BAND" is not known'],
    ["m1 +", "ends too early"],
    ["m1 m2", '"m2" is not known'],
    ["m1 & m2", '"&" is not known'],
    ["(m1", "ends too early"],
  ])("refuses %s", (expression, message) => {
    expect(() => parseMetricMath(expression)).toThrow(`metric math "${expression}": ${message}`);
  });
});
