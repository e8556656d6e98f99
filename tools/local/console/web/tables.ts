import type { AlarmSnapshot, QueueSnapshot } from "../../snapshot";
import { copyOf, find, setText } from "./dom";
import { metric } from "./format";
import { KeyedList, type View } from "./keyed-list";
import { type Series, markSeries, workFirst } from "./series";

interface ShownQueue {
  readonly queue: QueueSnapshot;
  readonly series: readonly Series[];
}

/** How deep each queue is. A stack without queues has no such section. */
export class Queues {
  private readonly section = find(document, "#queues-section", HTMLElement);
  private readonly rows = new KeyedList<ShownQueue>(
    find(document, "#queues", HTMLElement),
    ({ queue }) => queue.name,
    ({ queue }) => queueRow(queue),
  );

  show(queues: readonly QueueSnapshot[], series: readonly Series[]): void {
    this.section.hidden = queues.length === 0;
    this.rows.show(workFirst(queues).map((queue) => ({ queue, series })));
  }
}

function queueRow({ name, deadLetter }: QueueSnapshot): View<ShownQueue> {
  const element = copyOf("queue-template");
  element.dataset.queue = name;
  find(element, ".name", HTMLElement).textContent = name;
  find(element, "small", HTMLElement).textContent = deadLetter ? "dead letters" : "";
  return {
    element,
    update({ queue: { visible, inFlight }, series }) {
      markSeries(find(element, ".swatch", HTMLElement), series, "queue", name);
      setText(find(element, ".visible", HTMLElement), String(visible));
      setText(find(element, ".in-flight", HTMLElement), String(inFlight));
      element.classList.toggle("bad", deadLetter && visible > 0);
    },
  };
}

const stateWords = { OK: "OK", ALARM: "ALARM", INSUFFICIENT_DATA: "no data" } as const;

/** What each alarm sees, and whether it has gone off. A stack without alarms has no such section. */
export class Alarms {
  private readonly section = find(document, "#alarms-section", HTMLElement);
  private readonly rows = new KeyedList<AlarmSnapshot>(
    find(document, "#alarms", HTMLElement),
    ({ name }) => name,
    alarmRow,
  );

  /** Those that scale a fleet come first: they change on their own all day, the others only when something is wrong. */
  show(alarms: readonly AlarmSnapshot[]): void {
    this.section.hidden = alarms.length === 0;
    this.rows.show([...alarms].sort((a, b) => Number(b.scaling) - Number(a.scaling)));
  }
}

function alarmRow({ name }: AlarmSnapshot): View<AlarmSnapshot> {
  const element = copyOf("alarm-template");
  element.dataset.alarm = name;
  find(element, ".name", HTMLElement).textContent = name;
  return {
    element,
    update({ state, value, threshold, description, scaling }) {
      element.dataset.state = state;
      // An alarm that scales does its work when it goes off; only the others are bad news.
      element.dataset.scaling = String(scaling);
      setText(find(element, ".chip", HTMLElement), stateWords[state]);
      setText(
        find(element, ".description", HTMLElement),
        [scaling ? "scales" : "tells people", description].join(" · "),
      );
      setText(find(element, ".value", HTMLElement), value === undefined ? "–" : metric(value));
      setText(find(element, ".threshold", HTMLElement), metric(threshold));
    },
  };
}
