import { describe, expect, it } from "@jest/globals";
import type { GroupState } from "../../../../tools/local/scaling/group-state";
import { type StepScaling, stepScaling } from "../../../../tools/local/scaling/step-scaling";
import { targetTracking, trackingAlarms } from "../../../../tools/local/scaling/target-tracking";

/** A quiet group of 1..20, unless something else is said. */
const group = (desired: number, changes: Partial<GroupState> = {}): GroupState => ({
  min: 1,
  max: 20,
  desired,
  warming: 0,
  leaving: 0,
  ...changes,
});

describe("a step scaling policy", () => {
  const up: StepScaling = {
    adjustmentType: "ChangeInCapacity",
    minAdjustmentMagnitude: 0,
    steps: [
      { lower: 0, upper: 10, adjustment: 1 },
      { lower: 10, upper: undefined, adjustment: 3 },
    ],
  };
  const down: StepScaling = {
    ...up,
    steps: [
      { lower: -10, upper: 0, adjustment: -1 },
      { lower: undefined, upper: -10, adjustment: -2 },
    ],
  };

  it.each([
    ["above the threshold, where the lower bound belongs to a step", up, 0, 6],
    ["above the threshold, within a step", up, 9.9, 6],
    ["above the threshold, where the upper bound does not belong to a step", up, 10, 8],
    ["far above the threshold", up, Number.MAX_VALUE, 8],
    ["on the wrong side of the threshold", up, -1, 5],
    ["below the threshold, where the upper bound belongs to a step", down, 0, 4],
    ["below the threshold, within a step", down, -9.9, 4],
    ["below the threshold, where the lower bound does not belong to a step", down, -10, 3],
    ["far below the threshold", down, -Number.MAX_VALUE, 3],
  ])("%s changes 5 instances by the step", (_case, policy, breach, expected) => {
    expect(stepScaling(policy, breach, group(5))).toBe(expected);
  });

  it.each<[StepScaling["adjustmentType"], number, number, number, number]>([
    ["ExactCapacity", 3, 0, 7, 3],
    ["ExactCapacity", 9, 0, 7, 9],
    ["PercentChangeInCapacity", 10, 0, 10, 11],
    ["PercentChangeInCapacity", 30, 0, 11, 14],
    ["PercentChangeInCapacity", 30, 0, 1, 2],
    ["PercentChangeInCapacity", -10, 0, 14, 13],
    ["PercentChangeInCapacity", -30, 0, 13, 10],
    ["PercentChangeInCapacity", -30, 0, 2, 1],
    ["PercentChangeInCapacity", 25, 2, 4, 6],
  ])("%s %d (at least %d) makes of %d instances %d", (adjustmentType, adjustment, least, before, after) => {
    const policy = {
      adjustmentType,
      minAdjustmentMagnitude: least,
      steps: [{ lower: 0, upper: undefined, adjustment }],
    };
    expect(stepScaling(policy, 0, group(before))).toBe(after);
  });

  it.each([
    [0, 19, 20],
    [20, 19, 20],
    [0, 20, 20],
  ])("%d above the threshold, never goes above the maximum: %d → %d", (breach, before, after) => {
    expect(stepScaling(up, breach, group(before))).toBe(after);
  });

  it("never goes below the minimum", () => {
    expect(stepScaling(down, -20, group(2))).toBe(1);
    expect(stepScaling(down, -20, group(1))).toBe(1);
  });

  // The example of https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-simple-step.html
  describe("while an instance warms up", () => {
    const tenPercent: StepScaling = {
      adjustmentType: "PercentChangeInCapacity",
      minAdjustmentMagnitude: 0,
      steps: [
        { lower: 0, upper: 10, adjustment: 10 },
        { lower: 10, upper: undefined, adjustment: 30 },
      ],
    };

    it("does not add the same capacity again", () => {
      expect(stepScaling(tenPercent, 2, group(11, { warming: 1 }))).toBe(11);
    });

    it("adds what a larger step adds more", () => {
      expect(stepScaling(tenPercent, 10, group(11, { warming: 1 }))).toBe(13);
    });

    it("takes nothing away", () => {
      expect(stepScaling(down, -1, group(11, { warming: 1 }))).toBe(11);
    });
  });

  it("takes no more away while instances are still leaving", () => {
    expect(stepScaling(down, -1, group(4, { leaving: 1 }))).toBe(4);
    expect(stepScaling(down, -10, group(4, { leaving: 1 }))).toBe(3);
  });
});

describe("a target tracking policy", () => {
  const cpu = { target: 50, disableScaleIn: false };

  it.each([
    ["grows to where the metric would be at the target, rounded up", 70, group(5), 7],
    ["grows by as much as it takes at once", 500, group(2), 20],
    ["shrinks to where the metric would be below the target", 20, group(5), 2],
    ["removes rather too few than too many instances", 31, group(5), 4],
    ["stays where one less would be above the target", 30, group(2), 2],
    ["never goes below the minimum", 0, group(5), 1],
    ["counts from the warm instances while others warm up", 70, group(7, { warming: 2 }), 7],
    ["takes nothing away while instances warm up", 10, group(7, { warming: 2 }), 7],
  ])("%s", (_case, value, state, expected) => {
    expect(targetTracking(cpu, value, state)).toBe(expected);
  });

  it("grows after 3 minutes and shrinks after 15", () => {
    expect(trackingAlarms(cpu)).toMatchObject({
      high: { comparison: "GreaterThanThreshold", threshold: 50, evaluationPeriods: 3 },
      low: { comparison: "LessThanThreshold", threshold: 35, evaluationPeriods: 15 },
    });
  });
});
