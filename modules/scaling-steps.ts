import type { AutoscalingPolicyStepAdjustment } from "@cdktf/provider-aws/lib/autoscaling-policy";
import { rule, type Rule } from "./validation";

/** Steps that AWS takes in one policy (https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-quotas.html). */
const MAX_STEPS = 20;

/** Whether steps grow a fleet or shrink it. */
export type Direction = "up" | "down";

/**
 * What happens while the metric lies in an interval. Both ends are values of the metric itself; AWS's own are distances from
 * the alarm's threshold, and are computed from these.
 */
export interface ScalingStep {
  /** Where the interval begins. Default: the alarm's threshold when growing, no bound when shrinking. */
  readonly from?: number;
  /** Where it ends. Default: no bound when growing, the alarm's threshold when shrinking. */
  readonly to?: number;
  /** Machines to add, or as a negative number to take away. */
  readonly change: number;
}

interface Interval {
  readonly from: number;
  readonly to: number;
  readonly step: ScalingStep;
}

/** Steps of one direction, with their bounds filled in, from the lowest value to the highest. */
function intervals(direction: Direction, threshold: number, steps: readonly ScalingStep[]): Interval[] {
  const [lowest, highest] = direction === "up" ? [threshold, Infinity] : [-Infinity, threshold];
  return steps
    .map((step) => ({ from: step.from ?? lowest, to: step.to ?? highest, step }))
    .sort((a, b) => a.from - b.from);
}

/** That the steps cover everything on the alarm's side of the threshold exactly once, and all change in the right direction. */
export function stepRules(direction: Direction, threshold: number, steps: readonly ScalingStep[]): Rule<unknown>[] {
  const prop = `${direction}.steps`;
  const sorted = intervals(direction, threshold, steps);
  const first = sorted[0];
  const last = sorted.at(-1);
  const rightSign = (change: number) => Number.isInteger(change) && (direction === "up" ? change > 0 : change < 0);
  const pairs = sorted.flatMap((interval, i) => {
    const next = sorted[i + 1];
    return next === undefined ? [] : [{ interval, next }];
  });
  return [
    rule(prop, steps, ({ length }) => length >= 1 && length <= MAX_STEPS, `1 to ${MAX_STEPS} steps`),
    ...sorted.flatMap(({ from, to, step }) => [
      rule(prop, step, () => from < to, "an interval that ends above where it begins"),
      rule(
        prop,
        step,
        ({ change }) => rightSign(change),
        direction === "up" ? "a change of 1 machine or more" : "a change of -1 machine or less",
      ),
    ]),
    ...pairs.flatMap(({ interval, next }) => [
      rule(prop, [interval.step, next.step], () => interval.to >= next.from, "intervals without a gap between them"),
      rule(prop, [interval.step, next.step], () => interval.to <= next.from, "intervals that do not overlap"),
    ]),
    direction === "up"
      ? rule(
          prop,
          first?.step,
          () => first?.from === threshold,
          `a lowest interval that begins at up.above (${threshold})`,
        )
      : rule(prop, first?.step, () => first?.from === -Infinity, "a lowest interval without from"),
    direction === "up"
      ? rule(prop, last?.step, () => last?.to === Infinity, "a highest interval without to")
      : rule(
          prop,
          last?.step,
          () => last?.to === threshold,
          `a highest interval that ends at down.atMost (${threshold})`,
        ),
  ];
}

/** The same steps as AWS takes them: with distances from the threshold, open ends left out. */
export function stepAdjustments(
  direction: Direction,
  threshold: number,
  steps: readonly ScalingStep[],
): AutoscalingPolicyStepAdjustment[] {
  const distance = (value: number) =>
    // Twelve digits: the difference of two decimal fractions is otherwise not what anybody would write.
    Number.isFinite(value) ? String(Number((value - threshold).toPrecision(12))) : undefined;
  return intervals(direction, threshold, steps).map(({ from, to, step }) => ({
    metricIntervalLowerBound: distance(from),
    metricIntervalUpperBound: distance(to),
    scalingAdjustment: step.change,
  }));
}
