import { metric } from "./format";
import { svg } from "./svg";

/** A value at a moment. */
export interface Point {
  readonly at: number;
  readonly value: number;
}

/** A line of a panel. */
export interface Line {
  readonly className: string;
  readonly points: readonly Point[];
}

/** A piece of the chart: some lines over one range of values. */
export interface Panel {
  readonly title: string;
  readonly top: number;
  readonly height: number;
  /** The value at its upper edge; 0 is at its lower one. */
  readonly highest: number;
  readonly lines: readonly Line[];
}

/** What the panels share: where a moment is, from left to right. */
export interface TimeAxis {
  readonly left: number;
  readonly right: number;
  readonly from: number;
  readonly to: number;
}

/** A line breaks where nothing was sampled for longer than this: nobody knows what was between. */
const gapMs = 5000;
/** A lower panel has room for two numbers at its side. */
const minHeightOfThreeLevels = 80;
/** Lines of equal values lie beside each other, not behind. */
const besidePx = 2;

/** Where a moment is on the axis, in pixels. */
export function xOf({ left, right, from, to }: TimeAxis, at: number): number {
  return left + ((at - from) / (to - from)) * (right - left);
}

/** The least round number (1, 2, 3, 4, 5, 6, 8, 10, 20, 30, …) that is not below a value. */
export function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return [1, 2, 3, 4, 5, 6, 8, 10].map((step) => step * power).find((nice) => nice >= value) ?? 10 * power;
}

/** The panel's frame and lines. Values hold until the next sample, so that lines go in steps. */
export function drawPanel(panel: Panel, axis: TimeAxis): SVGElement {
  const { title, top, height, highest, lines } = panel;
  const bottom = top + height;
  const half = highest / 2;
  // What is counted has no halves.
  const levels = height > minHeightOfThreeLevels && Number.isInteger(half) ? [0, half, highest] : [0, highest];
  const grid = levels.flatMap((level) => {
    const y = bottom - (level / highest) * height;
    return [
      svg("line", { class: "grid", x1: axis.left, x2: axis.right, y1: y, y2: y }),
      svg("text", { class: "scale", x: axis.left - 6, y: y + 4 }, metric(level)),
    ];
  });
  return svg(
    "g",
    {},
    ...grid,
    svg("text", { class: "panel-title", x: axis.left, y: top - 6 }, title),
    ...lines.map(({ className, points }, i) =>
      svg("path", { class: `series ${className}`, d: pathOf(points, axis, panel, i * besidePx) }),
    ),
  );
}

function pathOf(points: readonly Point[], axis: TimeAxis, { top, height, highest }: Panel, shift: number): string {
  let before: number | undefined;
  const steps = points.map(({ at, value }) => {
    const x = xOf(axis, at).toFixed(1);
    const y = (top + height - (value / highest) * height - shift).toFixed(1);
    const follows = before !== undefined && at - before <= gapMs;
    before = at;
    return follows ? `H${x}V${y}` : `M${x} ${y}`;
  });
  return steps.join("");
}
