import type { Fleet } from "../local/fleet/fleet";

/** How few instances of a fleet served, and how many had to. */
export interface Capacity {
  readonly minimum: number;
  readonly lowest: number;
}

/** How often the fleets are looked at. */
const lookMs = 10;

/** Watches how many instances serve. */
export class CapacityWatch {
  private readonly timer: NodeJS.Timeout;
  private lowest = new Map<Fleet, number>();

  constructor(private readonly fleets: readonly Fleet[]) {
    this.look();
    this.timer = setInterval(() => {
      this.look();
    }, lookMs);
  }

  /** The lowest capacity of each fleet since the last time, by its name. */
  nextLap(): Record<string, Capacity> {
    this.look();
    const lap = this.fleets.map((fleet): [string, Capacity] => [
      fleet.name,
      { minimum: fleet.minimumServing, lowest: this.lowest.get(fleet) ?? fleet.serving.length },
    ]);
    this.lowest = new Map();
    return Object.fromEntries(lap);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    for (const fleet of this.fleets) {
      this.lowest.set(fleet, Math.min(this.lowest.get(fleet) ?? Infinity, fleet.serving.length));
    }
  }
}
