import type { AlarmRule } from "../cloudwatch/alarm";
import { type GroupState, wantedCapacity } from "./group-state";

/** A target tracking policy: the metric per instance is to be near the target. */
export interface TargetTracking {
  readonly target: number;
  readonly disableScaleIn: boolean;
}

/**
 * The part of the target below which a group shrinks. AWS publishes no figure; the alarms that it makes for small groups have this
 * one (28 % for a target of 40 %).
 */
const lowPart = 0.7;

/** The two alarms that AWS makes for a policy: out after 3 minutes, in after 15. Missing data rings neither. */
export function trackingAlarms({ target }: TargetTracking): { readonly high: AlarmRule; readonly low: AlarmRule } {
  return {
    high: rule("GreaterThanThreshold", target, 3),
    low: rule("LessThanThreshold", target * lowPart, 15),
  };
}

function rule(comparison: AlarmRule["comparison"], threshold: number, minutes: number): AlarmRule {
  return {
    comparison,
    threshold,
    evaluationPeriods: minutes,
    datapointsToAlarm: minutes,
    missingData: "missing",
  };
}

/**
 * The capacity with which the metric would be at the target, rounded up: too many instances rather than too few.
 * @param value the latest data point
 */
export function targetTracking({ target }: TargetTracking, value: number, group: GroupState): number {
  return wantedCapacity(group, (capacity) => Math.ceil((capacity * value) / target));
}
