import type { Metrics } from "../../../../../tools/local/cloudwatch/metrics";
import type { Capacity } from "../../../../../tools/local/fleet/fleet";
import { AutoScaler, type ScaledFleet } from "../../../../../tools/local/scaling/auto-scaler";
import { metricsFor, planScaling } from "../../../../../tools/local/scaling/plan";
import type { SynthesizedStack } from "../../../../../tools/local/terraform/synthesized";

const minute = 60_000;

/** A fleet without processes: instances that it launches are there at once, and warm when a test says so. */
export class FleetOnPaper implements ScaledFleet {
  warming = 0;
  leavingCount = 0;
  readonly reasons: string[] = [];

  constructor(public capacity: Capacity) {}

  warmingUp(): number {
    return this.warming;
  }

  setCapacity(capacity: Capacity, why: string): void {
    this.reasons.push(why);
    this.capacity = capacity;
  }
}

/** A stack's scaling, minute by minute. Its metrics are what the test says. */
export class HandMadeClock {
  readonly fleet: FleetOnPaper;
  readonly events: string[] = [];
  now: number;
  private readonly metrics: Metrics;
  private readonly scaler: AutoScaler;

  constructor(stack: SynthesizedStack, capacity: Capacity, start = 0) {
    const plan = planScaling(stack);
    this.now = start;
    this.fleet = new FleetOnPaper(capacity);
    this.metrics = metricsFor(plan);
    this.scaler = new AutoScaler(
      {
        plan,
        metrics: this.metrics,
        fleets: new Map([["worker", this.fleet]]),
        timeFactor: 1,
        note: (_kind, text) => this.events.push(text),
      },
      start,
    );
  }

  /**
   * Lets minutes pass, with the same measurements in each.
   * @param measured the value of each metric by its name; none for a metric that is left out
   * @returns how many instances are wanted after each
   */
  pass(minutes: number, measured: Readonly<Record<string, number>>): number[] {
    return Array.from({ length: minutes }, () => {
      this.now += minute;
      for (const metric of this.metrics.all) {
        const value = measured[metric.name];
        if (value !== undefined) this.metrics.add({ metric, values: [value] }, this.now);
      }
      this.scaler.step(this.now);
      return this.fleet.capacity.desired;
    });
  }

  /** The state of each alarm, by its name */
  get states(): Record<string, string> {
    return Object.fromEntries(this.scaler.alarms.map(({ name, state }) => [name, state]));
  }
}
