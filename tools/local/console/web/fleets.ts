import type { FleetSnapshot, StackSnapshot } from "../../snapshot";
import { onClick } from "./action";
import { bringZoneBack, takeZoneDown } from "./api";
import { copyOf, find, setText } from "./dom";
import { counted } from "./format";
import { InstanceRow, type ShownInstance } from "./instance-row";
import { KeyedList, type View } from "./keyed-list";
import { type Series, markSeries } from "./series";

interface Zone {
  readonly name: string;
  readonly up: boolean;
}

interface ShownFleet {
  readonly fleet: FleetSnapshot;
  readonly zones: readonly Zone[];
  readonly series: readonly Series[];
  readonly now: number;
}

interface ShownCell {
  readonly fleet: FleetSnapshot;
  readonly zone: Zone;
  readonly now: number;
}

/** Fleets as rows and zones as columns, with the instances where they meet. */
export class Fleets {
  private readonly section = find(document, "#fleets-section", HTMLElement);
  private readonly zones = new KeyedList<Zone>(
    find(document, "#zones", HTMLElement),
    ({ name }) => name,
    (zone) => new ZoneHead(zone.name),
  );
  private readonly rows = new KeyedList<ShownFleet>(
    find(document, "#fleets", HTMLElement),
    ({ fleet }) => fleet.name,
    ({ fleet }) => new FleetRow(fleet.name),
  );

  show({ fleets, now }: StackSnapshot, series: readonly Series[]): void {
    const zones = zonesOf(fleets);
    this.section.style.setProperty("--zones", String(zones.length));
    this.zones.show(zones);
    this.rows.show(fleets.map((fleet) => ({ fleet, zones, series, now })));
  }
}

/** The zones of all fleets together; a zone that is down for one of them is down. */
function zonesOf(fleets: readonly FleetSnapshot[]): Zone[] {
  const up = new Map<string, boolean>();
  for (const zone of fleets.flatMap((fleet) => fleet.zones)) up.set(zone.name, zone.up && up.get(zone.name) !== false);
  return [...up].map(([name, isUp]) => ({ name, up: isUp }));
}

/** A zone with the button that takes it down or brings it back. */
class ZoneHead implements View<Zone> {
  readonly element = copyOf("zone-template");
  private readonly button = find(this.element, "button", HTMLButtonElement);
  private up = true;

  constructor(name: string) {
    find(this.element, ".name", HTMLElement).textContent = name;
    this.element.dataset.zone = name;
    onClick(this.button, async () => {
      if (this.up) {
        await takeZoneDown(name);
        return `${name} is down: everything in it was killed, and the other zones take over.`;
      }
      await bringZoneBack(name);
      return `${name} is back: instances are launched in it again.`;
    });
  }

  update({ name, up }: Zone): void {
    this.up = up;
    this.element.dataset.state = up ? "up" : "down";
    setText(find(this.element, ".state", HTMLElement), up ? "up" : "down");
    setText(this.button, up ? "Take down" : "Bring back");
    this.button.setAttribute("aria-label", up ? `Take ${name} down` : `Bring ${name} back`);
    this.button.classList.toggle("danger", up);
  }
}

class FleetRow implements View<ShownFleet> {
  readonly element = copyOf("fleet-template");
  private readonly cells = new KeyedList<ShownCell>(
    find(this.element, ".cells", HTMLElement),
    ({ zone }) => zone.name,
    ({ fleet, zone }) => new Cell(fleet.name, zone.name),
  );

  constructor(name: string) {
    find(this.element, ".name", HTMLElement).textContent = name;
    this.element.dataset.fleet = name;
    this.element.setAttribute("aria-label", `Fleet ${name}`);
  }

  update({ fleet, zones, series, now }: ShownFleet): void {
    markSeries(find(this.element, ".swatch", HTMLElement), series, "fleet", fleet.name);
    const inService = fleet.instances.filter(({ state }) => state === "in-service").length;
    setText(find(this.element, ".serving", HTMLElement), `${inService} in service`);
    this.element.classList.toggle("short", inService < fleet.desired);
    const { min, desired, max } = fleet;
    setText(find(this.element, ".capacity", HTMLElement), `min ${min} · desired ${desired} · max ${max}`);
    const own = new Set(fleet.zones.map((zone) => zone.name));
    this.cells.show(zones.filter(({ name }) => own.has(name)).map((zone) => ({ fleet, zone, now })));
  }
}

/** The instances of one fleet in one zone. */
class Cell implements View<ShownCell> {
  readonly element = copyOf("cell-template");
  private readonly list = find(this.element, "ul", HTMLElement);
  private readonly instances = new KeyedList<ShownInstance>(
    this.list,
    ({ instance }) => instance.id,
    (shown) => new InstanceRow(shown),
  );

  constructor(fleet: string, zone: string) {
    find(this.element, ".zone-name", HTMLElement).textContent = zone;
    this.list.setAttribute("aria-label", `${fleet} in ${zone}`);
  }

  update({ fleet, zone, now }: ShownCell): void {
    const here = fleet.instances.filter((instance) => instance.zone === zone.name);
    this.element.dataset.zoneState = zone.up ? "up" : "down";
    this.instances.show(here.map((instance) => ({ fleet: fleet.name, instance, now })));
    const empty = zone.up ? counted(0, "instance") : "down";
    setText(find(this.element, ".empty", HTMLElement), here.length === 0 ? empty : "");
  }
}
