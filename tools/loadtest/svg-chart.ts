const WIDTH = 960;
const PANEL = { left: 60, right: 940, height: 150, gap: 54, top: 56 };
/** Room for the name of a line in a panel's legend. */
const LEGEND_WIDTH = 60;

/** A line over the time. */
export interface Line {
  /** One for each time of the chart; where there is none, the line has a gap */
  readonly values: readonly (number | undefined)[];
  readonly colour: string;
  /** Needed where a panel has several lines. Default: none */
  readonly name?: string;
}

/** Lines that share a scale, from 0 to the largest of their values. */
export interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
  /** The scale ends here or above. Default: 1 */
  readonly least?: number;
  /** Drawn as steps rather than slopes: a value holds from its time to the next one. Default: slopes */
  readonly steps?: true;
}

/**
 * Panels, one above the other over the same time, as an SVG file.
 * @param times in seconds, in ascending order
 */
export function drawChart(title: string, times: readonly number[], panels: readonly Panel[]): string {
  const end = times.at(-1) ?? 0;
  const scale = end > 0 ? end : 1;
  const x = (at: number) => round(PANEL.left + (at / scale) * (PANEL.right - PANEL.left));
  const height = PANEL.top + panels.length * (PANEL.height + PANEL.gap);
  const drawn = panels.map((panel, i) => drawPanel(panel, PANEL.top + i * (PANEL.height + PANEL.gap), times.map(x)));
  const bottom = height - PANEL.gap;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="${escape(title)}">
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text x="${PANEL.left}" y="26" font-size="16" font-weight="600" fill="#111">${escape(title)}</text>
${drawn.join("\n")}
${ticks(scale, 8)
  .map((at) => `<text x="${x(at)}" y="${bottom + 18}" text-anchor="middle" fill="#555">${at} s</text>`)
  .join("\n")}
</svg>
`;
}

function drawPanel({ title, lines, least = 1, steps }: Panel, top: number, xs: readonly number[]): string {
  const bottom = top + PANEL.height;
  const most = Math.max(least, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const y = (value: number) => round(bottom - (value / most) * PANEL.height);
  const grid = ticks(most, 3).map(
    (value) =>
      `<line x1="${PANEL.left}" x2="${PANEL.right}" y1="${y(value)}" y2="${y(value)}" stroke="#e5e7eb"/>` +
      `<text x="${PANEL.left - 8}" y="${round(y(value) + 4)}" text-anchor="end" fill="#555">${value}</text>`,
  );
  const [first] = lines;
  const titleColour = lines.length === 1 && first !== undefined ? first.colour : "#111";
  return (
    `<text x="${PANEL.left}" y="${top - 8}" fill="${titleColour}" font-weight="600">${title}</text>${grid.join("")}` +
    lines.map((line, i) => legend(line, PANEL.right - (lines.length - 1 - i) * LEGEND_WIDTH, top - 8)).join("") +
    lines
      .map(
        ({ values, colour }) =>
          `<path d="${pathOf(xs, values, y, steps === true)}" fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round"/>`,
      )
      .join("")
  );
}

function legend({ name, colour }: Line, x: number, y: number): string {
  if (name === undefined) return "";
  return `<text x="${x}" y="${y}" text-anchor="end" fill="${colour}" font-weight="600">${name}</text>`;
}

function pathOf(
  xs: readonly number[],
  values: readonly (number | undefined)[],
  y: (value: number) => number,
  steps: boolean,
): string {
  return xs
    .map((x, i) => {
      const [before, value] = [values[i - 1], values[i]];
      if (before === undefined) return value === undefined ? "" : `M${x} ${y(value)}`;
      if (steps) return value === undefined ? `H${x}` : `H${x}V${y(value)}`;
      return value === undefined ? "" : `L${x} ${y(value)}`;
    })
    .join("");
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
