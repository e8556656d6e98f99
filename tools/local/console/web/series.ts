import type { QueueSnapshot, StackSnapshot } from "../../snapshot";

/** A line of the chart. */
export interface Series {
  readonly name: string;
  readonly kind: "queue" | "fleet";
  /** The class that gives it its colour, in the chart and wherever its name stands. */
  readonly className: string;
}

/** How many colours there are for each kind. */
const colours = 4;

/** The lines of a stack. Dead letters have a colour of their own: they are what nobody wants to see rise. */
export function seriesOf({ queues, fleets }: StackSnapshot): Series[] {
  return [
    ...workFirst(queues).map(({ name, deadLetter }, i): Series => {
      return { name, kind: "queue", className: deadLetter ? "dead" : `queue-${i % colours}` };
    }),
    ...fleets.map(({ name }, i): Series => ({ name, kind: "fleet", className: `fleet-${i % colours}` })),
  ];
}

/** The queues that work comes through, and after them those of dead letters. */
export function workFirst(queues: readonly QueueSnapshot[]): QueueSnapshot[] {
  return [...queues].sort((a, b) => Number(a.deadLetter) - Number(b.deadLetter));
}

/** Gives an element the colour of a line. */
export function markSeries(swatch: Element, all: readonly Series[], kind: Series["kind"], name: string): void {
  const found = all.find((series) => series.kind === kind && series.name === name);
  swatch.setAttribute("class", `swatch ${found?.className ?? ""}`);
}
