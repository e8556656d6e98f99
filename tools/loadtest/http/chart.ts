import { drawChart } from "../svg-chart";
import type { Look, Percentiles } from "./statistics";

const LATENCIES: readonly (readonly [name: keyof Percentiles, colour: string])[] = [
  ["p50", "#1d4ed8"],
  ["p95", "#b45309"],
  ["p99", "#7e22ce"],
];

/** A chart of a test as an SVG file: throughput, latency and errors. A value is drawn over the time of its look. */
export function renderWebsiteChart(title: string, looks: readonly Look[]): string {
  const times = looks.length === 0 ? [] : [0, ...looks.map(({ at }) => at)];
  // The last value holds until the last time.
  const over = <Value>(value: (look: Look) => Value): Value[] => [...looks, ...looks.slice(-1)].map(value);
  return drawChart(title, times, [
    {
      title: "requests per second that succeeded",
      lines: [{ values: over(({ succeeded, seconds }) => succeeded / seconds), colour: "#047857" }],
      steps: true,
    },
    {
      title: "latency in milliseconds",
      lines: LATENCIES.map(([name, colour]) => ({ name, colour, values: over(({ latency }) => latency?.[name]) })),
      least: 0.1,
      steps: true,
    },
    {
      title: "errors per second",
      lines: [{ values: over(({ failed, seconds }) => failed / seconds), colour: "#b91c1c" }],
      steps: true,
    },
  ]);
}
