import { type AlarmState, evaluationRange, judge } from "../cloudwatch/alarm";
import type { Metrics } from "../cloudwatch/metrics";
import type { Capacity } from "../fleet/fleet";
import type { EventKind } from "../journal";
import type { AlarmSnapshot } from "../snapshot";
import type { ScalingPlan } from "./plan";
import type { AlarmPlan } from "./plan-alarms";
import type { PolicyPlan } from "./plan-policies";
import { applySchedule, isDue } from "./schedule";
import { stepScaling } from "./step-scaling";
import { targetTracking } from "./target-tracking";

/** What is scaled. `Fleet` has all of it. */
export interface ScaledFleet {
  readonly capacity: Capacity;
  /** How many instances start, or have been in service for less than a time in milliseconds */
  warmingUp(warmupMs: number): number;
  /** How many instances are draining or stopping */
  readonly leavingCount: number;
  setCapacity(capacity: Capacity, why: string): void;
}

export interface AutoScalerOptions {
  readonly plan: ScalingPlan;
  readonly metrics: Metrics;
  /** By their names in the stack */
  readonly fleets: ReadonlyMap<string, ScaledFleet>;
  /** How much faster time passes than the fleets' instances know: warm-ups are divided by it */
  readonly timeFactor: number;
  /** Takes note of what an alarm does; of what a fleet does, the fleet takes note itself */
  readonly note: (kind: EventKind, text: string) => void;
}

/** An alarm with the state that it is in. */
interface Ringing {
  readonly plan: AlarmPlan;
  state: AlarmState;
  value: number | undefined;
}

/** What one policy wants of its fleet. */
interface Wish {
  readonly desired: number;
  readonly why: string;
}

/**
 * Evaluates alarms and acts on scaling policies and scheduled actions, once a minute, as CloudWatch and Auto Scaling do. It has no
 * clock of its own: it is told what time it is.
 */
export class AutoScaler {
  private readonly ringing: Ringing[];
  private readonly policies: ReadonlyMap<string, PolicyPlan>;
  private lastStep: number;

  /** @param start the time at which nothing has happened yet */
  constructor(
    private readonly options: AutoScalerOptions,
    start: number,
  ) {
    const { alarms, policies } = options.plan;
    this.ringing = alarms.map((plan) => ({ plan, state: "INSUFFICIENT_DATA", value: undefined }));
    this.policies = new Map(policies.map((policy) => [policy.address, policy]));
    this.lastStep = start;
  }

  /** The alarms as they are */
  get alarms(): AlarmSnapshot[] {
    return this.ringing.map(({ plan, state, value }) => ({
      name: plan.name,
      state,
      value,
      threshold: plan.rule.threshold,
      description: plan.description,
      scaling: plan.actions.length > 0,
    }));
  }

  /** Does what is to be done in the minute that ends now. */
  step(now: number): void {
    this.actOnSchedules(this.lastStep, now);
    this.lastStep = now;
    for (const alarm of this.ringing) this.evaluate(alarm, now);
    const fleets = new Set(this.options.plan.policies.map(({ fleet }) => fleet));
    for (const name of fleets) this.actOnPolicies(name);
  }

  private actOnSchedules(after: number, now: number): void {
    for (const schedule of this.options.plan.schedules) {
      const fleet = this.options.fleets.get(schedule.fleet);
      if (fleet === undefined || !isDue(schedule, after, now)) continue;
      this.options.note("schedule", `scheduled action "${schedule.name}" for ${schedule.fleet}`);
      fleet.setCapacity(applySchedule(schedule, fleet.capacity), `scheduled action "${schedule.name}"`);
    }
  }

  private evaluate(alarm: Ringing, now: number): void {
    const { rule, series, periodMs, name } = alarm.plan;
    const points = series.latest(this.options.metrics, now, periodMs, evaluationRange(rule));
    const before = alarm.state;
    alarm.state = judge(rule, points, before);
    alarm.value = points.find((point) => point !== undefined);
    if (alarm.state === before) return;
    this.options.note("alarm", `alarm "${name}": ${before} → ${alarm.state} (${shown(alarm)})`);
  }

  /** Every alarm calls its policies again in every minute that it stays in its state. */
  private actOnPolicies(name: string): void {
    const fleet = this.options.fleets.get(name);
    if (fleet === undefined) return;
    const { desired } = fleet.capacity;
    const wishes = this.ringing.flatMap((alarm) =>
      alarm.plan.actions
        .filter(({ state }) => state === alarm.state)
        .flatMap(({ policy }) => this.policies.get(policy) ?? [])
        .filter((policy) => policy.fleet === name)
        .flatMap((policy) => this.wishOf(policy, alarm, fleet) ?? []),
    );
    // Growing comes first; where several policies act, the one that leaves the most capacity is followed.
    const growing = wishes.filter((wish) => wish.desired > desired);
    const shrinking = wishes.filter((wish) => wish.desired < desired);
    const [followed] = [...(growing.length > 0 ? growing : shrinking)].sort((a, b) => b.desired - a.desired);
    if (followed !== undefined) fleet.setCapacity({ ...fleet.capacity, desired: followed.desired }, followed.why);
  }

  private wishOf(policy: PolicyPlan, alarm: Ringing, fleet: ScaledFleet): Wish | undefined {
    const { value, plan } = alarm;
    // Missing data that counts as breaching has no value: it is as far from the threshold as can be.
    const { threshold, comparison } = plan.rule;
    const known = value ?? (comparison.startsWith("Greater") ? Number.MAX_VALUE : -Number.MAX_VALUE);
    const group = {
      ...fleet.capacity,
      warming: fleet.warmingUp(policy.warmupMs / this.options.timeFactor),
      leaving: fleet.leavingCount,
    };
    const why = `alarm "${plan.name}" (${shown(alarm)})`;
    if ("step" in policy.scaling) return { desired: stepScaling(policy.scaling.step, known - threshold, group), why };
    if (value === undefined) return undefined;
    const desired = targetTracking(policy.scaling.tracking, value, group);
    const isLow = comparison === "LessThanThreshold";
    if (isLow && (desired > group.desired || !this.mayShrink(policy.fleet))) return undefined;
    return { desired: isLow ? desired : Math.max(desired, group.desired), why };
  }

  /** A fleet that tracks several targets shrinks only when it is below all of them. */
  private mayShrink(fleet: string): boolean {
    return this.ringing
      .filter(({ plan }) => plan.rule.comparison === "LessThanThreshold")
      .filter(({ plan }) => plan.actions.some(({ policy }) => this.tracks(policy, fleet)))
      .every(({ state }) => state === "ALARM");
  }

  private tracks(address: string, fleet: string): boolean {
    const policy = this.policies.get(address);
    return policy?.fleet === fleet && "tracking" in policy.scaling;
  }
}

/** "12 > 5" */
function shown({ value, plan }: Ringing): string {
  const signs = {
    GreaterThanThreshold: ">",
    GreaterThanOrEqualToThreshold: "≥",
    LessThanThreshold: "<",
    LessThanOrEqualToThreshold: "≤",
  };
  const rounded = value === undefined ? "no data" : String(Math.round(value * 100) / 100);
  return `${rounded}; rings when ${signs[plan.rule.comparison]} ${Math.round(plan.rule.threshold * 100) / 100}`;
}
