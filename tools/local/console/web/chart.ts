import type { HistorySample, StackSnapshot } from "../../snapshot";
import { copyOf, find, setText } from "./dom";
import { clock, counted } from "./format";
import { KeyedList } from "./keyed-list";
import { type Panel, type TimeAxis, drawPanel, niceAbove, xOf } from "./panel";
import { type Series, markSeries } from "./series";
import { svg } from "./svg";

/** How far back the chart goes: the least of these, in minutes, that holds all samples. */
const windows = [2, 5, 10, 15];
const left = 38;
const right = 8;
const top = 20;
const fleetHeight = 56;
const between = 34;
const axisHeight = 20;

interface Shown {
  readonly snapshot: StackSnapshot;
  readonly series: readonly Series[];
}

interface LegendEntry extends Shown {
  readonly entry: Series;
  readonly value: number | undefined;
}

/** Depth of the queues and size of the fleets over the last minutes, drawn in the pixels that there are. */
export class Chart {
  private readonly picture = find(document, "#chart", SVGSVGElement);
  private readonly time = find(document, "#chart-time", HTMLElement);
  private readonly legend = new KeyedList<LegendEntry>(
    find(document, "#legend", HTMLElement),
    ({ entry }) => `${entry.kind} ${entry.name}`,
    legendItem,
  );
  private shown: Shown | undefined;
  /** Where the pointer is, in pixels from the left; undefined while it is elsewhere. */
  private pointer: number | undefined;

  constructor() {
    new ResizeObserver(() => {
      this.draw();
    }).observe(this.picture);
    this.picture.addEventListener("pointermove", ({ clientX }) => {
      this.pointer = clientX - this.picture.getBoundingClientRect().left;
      this.draw();
    });
    this.picture.addEventListener("pointerleave", () => {
      this.pointer = undefined;
      this.draw();
    });
  }

  show(snapshot: StackSnapshot, series: readonly Series[]): void {
    this.shown = { snapshot, series };
    this.draw();
  }

  private draw(): void {
    const { clientWidth: width, clientHeight: height } = this.picture;
    if (this.shown === undefined || width === 0) return;
    const { snapshot, series } = this.shown;
    const minutes = minutesShown(snapshot);
    const axis: TimeAxis = { left, right: width - right, from: snapshot.now - minutes * 60_000, to: snapshot.now };
    const bottom = height - axisHeight;
    const panels = panelsOf(this.shown, axis.from, bottom);
    const looked = this.sampleAt(axis);
    this.picture.setAttribute("aria-label", summary(this.shown, minutes));
    this.picture.replaceChildren(
      ...panels.map((panel) => drawPanel(panel, axis)),
      ...scalingMarks(snapshot, axis, bottom),
      svg("text", { class: "axis", x: left, y: height - 4 }, `${minutes} min ago`),
      svg("text", { class: "axis end", x: axis.right, y: height - 4 }, "now"),
      ...(this.pointer === undefined || looked === undefined ? [] : [cursor(xOf(axis, looked.at), bottom)]),
    );
    setText(this.time, looked === undefined || this.pointer === undefined ? "now" : `at ${clock(looked.at)}`);
    this.legend.show(series.map((entry) => ({ entry, value: looked && valueOf(looked, entry), snapshot, series })));
  }

  /** The sample under the pointer; without a pointer, the latest. */
  private sampleAt(axis: TimeAxis): HistorySample | undefined {
    const history = this.shown?.snapshot.history ?? [];
    const x = this.pointer;
    if (x === undefined) return history.at(-1);
    const distance = (sample: HistorySample): number => Math.abs(xOf(axis, sample.at) - x);
    return history.reduce<HistorySample | undefined>(
      (best, sample) => (best === undefined || distance(sample) < distance(best) ? sample : best),
      undefined,
    );
  }
}

function minutesShown({ history, now }: StackSnapshot): number {
  const oldest = history[0]?.at ?? now;
  return windows.find((minutes) => now - oldest <= minutes * 60_000) ?? Math.max(...windows);
}

function valueOf({ queues, fleets }: HistorySample, { kind, name }: Series): number | undefined {
  return (kind === "queue" ? queues : fleets)[name];
}

/** Queues above fleets; a stack without queues has the fleets alone. */
function panelsOf({ snapshot, series }: Shown, from: number, bottom: number): Panel[] {
  const lines = (kind: Series["kind"]): Panel["lines"] =>
    series
      .filter((entry) => entry.kind === kind && (entry.className !== "dead" || hasHadAny(snapshot, entry)))
      .map((entry) => ({
        className: entry.className,
        points: snapshot.history
          .filter(({ at }) => at >= from)
          .flatMap((sample) => {
            const value = valueOf(sample, entry);
            return value === undefined ? [] : [{ at: sample.at, value }];
          }),
      }));
  const hasQueues = snapshot.queues.length > 0;
  const queues = lines("queue");
  const fleets = lines("fleet");
  const highestOf = (of: Panel["lines"]): number =>
    Math.max(0, ...of.flatMap(({ points }) => points.map((p) => p.value)));
  const fleetTop = hasQueues ? bottom - fleetHeight : top;
  const serving: Panel = {
    title: "instances in service",
    top: fleetTop,
    height: bottom - fleetTop,
    // A fleet that is being refreshed may hold more than its maximum.
    highest: Math.max(1, highestOf(fleets), ...snapshot.fleets.map(({ max }) => max)),
    lines: fleets,
  };
  if (!hasQueues) return [serving];
  const height = fleetTop - between - top;
  return [
    { title: "messages waiting", top, height, highest: niceAbove(Math.max(4, highestOf(queues))), lines: queues },
    serving,
  ];
}

/** Dead letters get a line once there are any: a red one along the bottom would alarm for nothing. */
function hasHadAny({ history }: StackSnapshot, entry: Series): boolean {
  return history.some((sample) => (valueOf(sample, entry) ?? 0) > 0);
}

/** A line where a policy changed a fleet's size, so that one sees what the queue was like. */
function scalingMarks({ events }: StackSnapshot, axis: TimeAxis, bottom: number): SVGElement[] {
  return events
    .filter(({ kind, at }) => (kind === "scale-out" || kind === "scale-in") && at >= axis.from)
    .map(({ kind, at, text }) => {
      const x = xOf(axis, at).toFixed(1);
      return svg(
        "g",
        { class: `mark ${kind}` },
        svg("title", {}, `${clock(at)} ${text}`),
        svg("line", { x1: x, x2: x, y1: top, y2: bottom }),
        svg("text", { x: Number(x) + 3, y: top + 12 }, kind === "scale-out" ? "▲" : "▼"),
      );
    });
}

function cursor(x: number, bottom: number): SVGElement {
  return svg("line", { class: "cursor", x1: x, x2: x, y1: top, y2: bottom });
}

/** The chart in words, for whoever cannot see it. */
function summary({ snapshot, series }: Shown, minutes: number): string {
  const parts = series.map((entry) => {
    const values = snapshot.history.flatMap((sample) => valueOf(sample, entry) ?? []);
    return `${entry.kind} ${entry.name}: now ${values.at(-1) ?? "unknown"}, highest ${Math.max(0, ...values)}`;
  });
  return `Over the last ${counted(minutes, "minute")}. ${parts.join("; ")}`;
}

function legendItem(): { element: HTMLElement; update(item: LegendEntry): void } {
  const element = copyOf("legend-template");
  return {
    element,
    update({ entry, value, series }) {
      markSeries(find(element, ".swatch", HTMLElement), series, entry.kind, entry.name);
      setText(find(element, ".name", HTMLElement), entry.name);
      setText(find(element, ".value", HTMLElement), value === undefined ? "–" : String(value));
    },
  };
}
