import { type GroupState, wantedCapacity } from "./group-state";

const adjustmentTypes = ["ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"] as const;
export type AdjustmentType = (typeof adjustmentTypes)[number];

/** What is done when the metric is by so much above or below the alarm's threshold. */
export interface StepAdjustment {
  /** Relative to the threshold; undefined is minus infinity */
  readonly lower: number | undefined;
  /** Relative to the threshold; undefined is infinity */
  readonly upper: number | undefined;
  readonly adjustment: number;
}

/** A step scaling policy, in the words of Auto Scaling's API. */
export interface StepScaling {
  readonly adjustmentType: AdjustmentType;
  readonly steps: readonly StepAdjustment[];
  /** The least that a percentage changes */
  readonly minAdjustmentMagnitude: number;
}

export function isAdjustmentType(name: string): name is AdjustmentType {
  return adjustmentTypes.some((known) => known === name);
}

/**
 * The capacity that a policy wants.
 * @param breach by how much the metric is above (positive) or below (negative) the alarm's threshold
 * @returns the desired capacity as it is, where no step applies or nothing is to be changed
 */
export function stepScaling(policy: StepScaling, breach: number, group: GroupState): number {
  const step = policy.steps.find((candidate) => contains(candidate, breach));
  if (step === undefined) return group.desired;
  return wantedCapacity(group, (capacity) => adjusted(policy, step.adjustment, capacity));
}

/** Above the threshold the lower bound belongs to a step, below it the upper one. */
function contains({ lower = -Infinity, upper = Infinity }: StepAdjustment, breach: number): boolean {
  return upper <= 0 ? breach > lower && breach <= upper : breach >= lower && breach < upper;
}

function adjusted(
  { adjustmentType, minAdjustmentMagnitude }: StepScaling,
  adjustment: number,
  capacity: number,
): number {
  switch (adjustmentType) {
    case "ChangeInCapacity":
      return capacity + adjustment;
    case "ExactCapacity":
      return adjustment;
    case "PercentChangeInCapacity": {
      const change = Math.abs((capacity * adjustment) / 100);
      // Up to one is one, what is more is rounded down.
      const whole = change > 0 && change < 1 ? 1 : Math.floor(change);
      return capacity + Math.sign(adjustment) * Math.max(whole, minAdjustmentMagnitude);
    }
  }
}
