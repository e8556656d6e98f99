import type { Sample } from "./load-test";
import { drawChart } from "./svg-chart";

/** Seconds over which the throughput is averaged. */
const WINDOW = 5;

/** A chart of a load test as an SVG file: backlog, fleet and throughput, one above the other over the same time. */
export function renderChart(title: string, samples: readonly Sample[]): string {
  return drawChart(
    title,
    samples.map(({ at }) => at),
    [
      {
        title: "messages in the queue",
        lines: [{ values: samples.map((s) => s.visible + s.inFlight), colour: "#b45309" }],
      },
      {
        title: "machines in service",
        lines: [{ values: samples.map((s) => s.fleet.inService), colour: "#1d4ed8" }],
        steps: true,
      },
      { title: "pictures per second", lines: [{ values: throughputOf(samples), colour: "#047857" }] },
    ],
  );
}

function throughputOf(samples: readonly Sample[]): number[] {
  return samples.map(({ at, done }) => {
    const before = samples.findLast((sample) => sample.at <= at - WINDOW) ?? samples[0];
    return before === undefined || at <= before.at ? 0 : (done - before.done) / (at - before.at);
  });
}
