import type { InstanceSnapshot } from "../../snapshot";
import { onClick } from "./action";
import { killInstance } from "./api";
import { copyOf, find, setText } from "./dom";
import { metric, span } from "./format";
import type { View } from "./keyed-list";

/** An instance of a fleet, at a moment. */
export interface ShownInstance {
  readonly fleet: string;
  readonly instance: InstanceSnapshot;
  readonly now: number;
}

/** One instance: what it does, how it is, and the button that kills it. */
export class InstanceRow implements View<ShownInstance> {
  readonly element = copyOf("instance-template");
  private readonly state = find(this.element, ".state", HTMLElement);
  private readonly meter = find(this.element, "meter", HTMLMeterElement);
  private readonly cpu = find(this.element, ".cpu", HTMLElement);
  private readonly facts = find(this.element, ".facts", HTMLElement);
  private readonly kill = find(this.element, "button", HTMLButtonElement);

  constructor({ fleet, instance: { id } }: ShownInstance) {
    const short = shortId(id);
    const name = find(this.element, ".id", HTMLElement);
    name.textContent = short;
    name.title = id;
    this.element.dataset.id = id;
    this.kill.setAttribute("aria-label", `Kill ${fleet} ${short}`);
    onClick(this.kill, async () => {
      await killInstance(fleet, id);
      return `${fleet} ${short} was killed; its fleet launches another one.`;
    });
  }

  update({ instance: { state, health, cpuPercent, pid, startedAt, image }, now }: ShownInstance): void {
    this.element.dataset.state = state;
    this.element.dataset.health = judgement(health);
    setText(this.state, describe(state, health));
    this.meter.value = cpuPercent ?? 0;
    setText(this.cpu, cpuPercent === undefined ? "CPU –" : `CPU ${metric(Math.round(cpuPercent))} %`);
    setText(this.facts, [`pid ${pid ?? "–"}`, span(now - startedAt), `image ${image}`].join(" · "));
    this.kill.hidden = state === "stopping" || pid === undefined;
  }
}

/** What becomes of an instance that starts or stops is still open; one without target groups is well as long as it runs. */
function describe(state: InstanceSnapshot["state"], health: string): string {
  if (state !== "in-service") return state;
  return health === "running" ? "in service" : `in service, ${health}`;
}

/** @param health the words of each target group, "healthy, initial" */
function judgement(health: string): "good" | "bad" | "open" {
  const words = health.split(", ");
  if (words.includes("unhealthy")) return "bad";
  return words.every((word) => word === "healthy" || word === "running") ? "good" : "open";
}

/** Enough of an id to tell an instance from the others. */
function shortId(id: string): string {
  return id.length > 12 ? id.slice(0, 8) : id;
}
