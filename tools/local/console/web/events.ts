import type { FleetEvent } from "../../journal";
import { copyOf, find } from "./dom";
import { clock } from "./format";
import { KeyedList, type View } from "./keyed-list";

/** How many events the page shows. */
const shown = 200;

interface ShownEvent {
  readonly key: string;
  readonly event: FleetEvent;
}

/** What happened to the stack, newest first. */
export class Events {
  private readonly list = new KeyedList<ShownEvent>(
    find(document, "#events", HTMLElement),
    ({ key }) => key,
    ({ event }) => eventRow(event),
  );

  show(events: readonly FleetEvent[]): void {
    this.list.show(withKeys(events).slice(-shown).reverse());
  }
}

/** The same thing may happen twice in a millisecond: the second one gets a number. */
function withKeys(events: readonly FleetEvent[]): ShownEvent[] {
  const seen = new Map<string, number>();
  return events.map((event) => {
    const same = JSON.stringify([event.at, event.kind, event.fleet, event.text]);
    const count = seen.get(same) ?? 0;
    seen.set(same, count + 1);
    return { key: `${same} ${count}`, event };
  });
}

function eventRow({ at, kind, fleet, text }: FleetEvent): View<ShownEvent> {
  const element = copyOf("event-template");
  element.dataset.kind = kind;
  const time = find(element, "time", HTMLTimeElement);
  time.dateTime = new Date(at).toISOString();
  time.textContent = clock(at);
  find(element, ".kind", HTMLElement).textContent = kind;
  find(element, ".fleet-name", HTMLElement).textContent = fleet ?? "";
  find(element, ".text", HTMLElement).textContent = text;
  return { element, update: () => undefined };
}
