import type { Sample } from "./load-test";

const WIDTH = 960;
const PANEL = { left: 60, right: 940, height: 150, gap: 54, top: 56 };
/** Seconds over which the throughput is averaged. */
const WINDOW = 5;

/** A line that is drawn over the time. */
interface Panel {
  readonly title: string;
  readonly values: readonly number[];
  readonly colour: string;
  /** Drawn as steps rather than slopes, for what has whole numbers of machines */
  readonly steps?: true;
}

/** A chart of a load test as an SVG file: backlog, fleet and throughput, one above the other over the same time. */
export function renderChart(title: string, samples: readonly Sample[]): string {
  const panels: Panel[] = [
    { title: "messages in the queue", values: samples.map((s) => s.visible + s.inFlight), colour: "#b45309" },
    { title: "machines in service", values: samples.map((s) => s.fleet.inService), colour: "#1d4ed8", steps: true },
    { title: "pictures per second", values: throughputOf(samples), colour: "#047857" },
  ];
  const end = Math.max(1, samples.at(-1)?.at ?? 0);
  const x = (at: number) => PANEL.left + (at / end) * (PANEL.right - PANEL.left);
  const height = PANEL.top + panels.length * (PANEL.height + PANEL.gap);
  const drawn = panels.map((panel, i) => renderPanel(panel, PANEL.top + i * (PANEL.height + PANEL.gap), samples, x));
  const bottom = PANEL.top + (panels.length - 1) * (PANEL.height + PANEL.gap) + PANEL.height;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="${escape(title)}">
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text x="${PANEL.left}" y="26" font-size="16" font-weight="600" fill="#111">${escape(title)}</text>
${drawn.join("\n")}
${ticks(end, 8)
  .map((at) => `<text x="${round(x(at))}" y="${bottom + 18}" text-anchor="middle" fill="#555">${at} s</text>`)
  .join("\n")}
</svg>
`;
}

function renderPanel(
  { title, values, colour, steps }: Panel,
  top: number,
  samples: readonly Sample[],
  x: (at: number) => number,
): string {
  const bottom = top + PANEL.height;
  const most = Math.max(1, ...values);
  const y = (value: number) => bottom - (value / most) * PANEL.height;
  const points = samples.map(({ at }, i) => [round(x(at)), round(y(values[i] ?? 0))] as const);
  const path = points.map(([px, py], i) => {
    const before = points[i - 1];
    if (before === undefined) return `M${px} ${py}`;
    return steps === true ? `H${px}V${py}` : `L${px} ${py}`;
  });
  const grid = ticks(most, 3).map(
    (value) =>
      `<line x1="${PANEL.left}" x2="${PANEL.right}" y1="${round(y(value))}" y2="${round(y(value))}" stroke="#e5e7eb"/>` +
      `<text x="${PANEL.left - 8}" y="${round(y(value)) + 4}" text-anchor="end" fill="#555">${value}</text>`,
  );
  return (
    `<text x="${PANEL.left}" y="${top - 8}" fill="${colour}" font-weight="600">${title}</text>${grid.join("")}` +
    `<path d="${path.join("")}" fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round"/>`
  );
}

function throughputOf(samples: readonly Sample[]): number[] {
  return samples.map(({ at, done }) => {
    const before = samples.findLast((sample) => sample.at <= at - WINDOW) ?? samples[0];
    return before === undefined || at <= before.at ? 0 : (done - before.done) / (at - before.at);
  });
}

/** Round numbers from 0 to the end, about as many as wanted. */
function ticks(end: number, about: number): number[] {
  const rough = end / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(end < 1 ? 0.1 : 1, ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power);
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
