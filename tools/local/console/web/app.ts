import type { ConsoleView } from "../view";
import { Chart } from "./chart";
import { find, setText } from "./dom";
import { Events } from "./events";
import { Fleets } from "./fleets";
import { Pictures } from "./pictures";
import { seriesOf } from "./series";
import { follow } from "./stream";
import { Alarms, Queues } from "./tables";

const fleets = new Fleets();
const queues = new Queues();
const chart = new Chart();
const alarms = new Alarms();
const events = new Events();
const pictures = new Pictures();

function show({ snapshot, pictures: latest, trouble }: ConsoleView): void {
  setState("running", "running");
  setTrouble(trouble);
  find(document, "#main", HTMLElement).hidden = false;
  setText(find(document, "#stack", HTMLElement), snapshot.stack);
  const link = find(document, "#url", HTMLAnchorElement);
  link.hidden = snapshot.url === undefined;
  if (snapshot.url !== undefined) link.href = snapshot.url;
  setText(link, snapshot.url ?? "");
  setText(find(document, "#time-factor", HTMLElement), pace(snapshot.timeFactor));

  const series = seriesOf(snapshot);
  fleets.show(snapshot, series);
  queues.show(snapshot.queues, series);
  alarms.show(snapshot.alarms);
  events.show(snapshot.events);
  pictures.show(latest, snapshot.now);
  chart.show(snapshot, series);
  document.title = titleOf(snapshot);
}

/** What one wants to know of a page that lies behind others. */
function titleOf({ stack, fleets: all, queues: known }: ConsoleView["snapshot"]): string {
  const instances = all.flatMap((fleet) => fleet.instances).filter(({ state }) => state === "in-service").length;
  const waiting = known.filter(({ deadLetter }) => !deadLetter).reduce((sum, queue) => sum + queue.visible, 0);
  return `${instances} in service, ${waiting} waiting – ${stack}`;
}

function pace(timeFactor: number): string {
  if (timeFactor === 1) return "Time passes as on AWS for alarms and scaling.";
  return `Time passes ${timeFactor} times faster for alarms and scaling.`;
}

function setState(state: "running" | "stopped", text: string): void {
  document.body.dataset.state = state;
  setText(find(document, "#connection", HTMLElement), text);
}

function setTrouble(text: string | undefined): void {
  const trouble = find(document, "#trouble", HTMLElement);
  trouble.hidden = text === undefined;
  setText(trouble, text ?? "");
}

follow({
  onView: show,
  onTrouble: (message) => {
    setTrouble(`What you see is not up to date: ${message}.`);
  },
  onStopped: () => {
    setState("stopped", "The stack has stopped. This page goes on by itself when it runs again.");
    setTrouble(undefined);
    document.title = "stopped – Steadfast console";
  },
});
