import { describe, expect, it } from "@jest/globals";
import { useLocalAddresses } from "../../../../tools/local/parts";
import { synthesizeStack } from "../../../../tools/local/terraform/synthesize";
import { HandMadeClock } from "./support/hand-made-clock";
import { backlogTarget, scaledStack, scheduledAction, trackingPolicy } from "./support/scaled-stack";

const waiting = (messages: number): Record<string, number> => ({ ApproximateNumberOfMessagesVisible: messages });

describe("the fleet of url2png, by its synthesized alarms and policies", () => {
  const stack = synthesizeStack("url2png");
  if (stack === undefined) throw new Error("there is no stack url2png");
  useLocalAddresses(stack, "http://127.0.0.1:1", new Map());
  const fleet = (max = 2): HandMadeClock => new HandMadeClock(stack, { min: 1, max, desired: 1 });

  it("grows with the first minute of a backlog, and shrinks when five minutes have been empty", () => {
    const clock = fleet();
    expect(clock.pass(3, waiting(250))).toEqual([2, 2, 2]);
    // The sum over 300 s still holds minutes with messages.
    expect(clock.pass(6, waiting(0))).toEqual([2, 2, 2, 2, 1, 1]);
    expect(clock.events).toContain(
      'alarm "url2png-dev-worker-backlog-up": INSUFFICIENT_DATA → ALARM (250; rings when > 5)',
    );
    expect(clock.fleet.reasons[0]).toBe('alarm "url2png-dev-worker-backlog-up" (250; rings when > 5)');
  });

  it("stays as it is with as many messages as the threshold, and with none", () => {
    expect(fleet().pass(5, waiting(1))).toEqual([1, 1, 1, 1, 1]);
    expect(fleet().pass(3, waiting(0))).toEqual([1, 1, 1]);
  });

  it("acts again in every minute in which the alarm rings, once the instances are warm", () => {
    const clock = fleet(9);
    expect(clock.pass(1, waiting(50))).toEqual([2]);
    clock.fleet.warming = 1;
    expect(clock.pass(2, waiting(50))).toEqual([2, 2]);
    clock.fleet.warming = 0;
    expect(clock.pass(2, waiting(50))).toEqual([3, 4]);
  });

  it("takes a larger step for a larger backlog", () => {
    expect(fleet(9).pass(1, waiting(2000))).toEqual([3]);
    expect(fleet(9).pass(1, waiting(6000))).toEqual([5]);
  });

  it("shrinks when the queue publishes nothing any more", () => {
    const clock = new HandMadeClock(stack, { min: 1, max: 2, desired: 2 });
    expect(clock.pass(1, {})).toEqual([1]);
    expect(clock.states).toEqual({
      "url2png-dev-work-dead-letters": "OK",
      "url2png-dev-worker-backlog-up": "OK",
      "url2png-dev-worker-backlog-down": "ALARM",
    });
  });
});

describe("a fleet that tracks its backlog per instance", () => {
  const stack = scaledStack({ aws_autoscaling_policy: trackingPolicy("backlog", backlogTarget(10)) });
  const fleet = (desired: number): HandMadeClock => new HandMadeClock(stack, { min: 1, max: 9, desired });
  const measured = (messages: number, machines: number): Record<string, number> => ({
    ...waiting(messages),
    GroupInServiceInstances: machines,
  });

  it("grows after three minutes to as many as the backlog needs", () => {
    expect(fleet(1).pass(4, measured(41, 1))).toEqual([1, 1, 5, 9]);
  });

  it("shrinks after fifteen minutes", () => {
    const clock = fleet(6);
    expect(clock.pass(15, measured(12, 6)).lastIndexOf(6)).toBe(13);
    expect(clock.fleet.capacity.desired).toBe(2);
  });

  it("stays as it is near the target, and without data", () => {
    const near = fleet(3);
    expect(new Set(near.pass(20, measured(27, 3)))).toEqual(new Set([3]));
    const blind = fleet(3);
    expect(new Set(blind.pass(20, waiting(0)))).toEqual(new Set([3]));
    expect(blind.states).toEqual({ "backlog-high": "INSUFFICIENT_DATA", "backlog-low": "INSUFFICIENT_DATA" });
  });

  it("does not shrink when that is disabled", () => {
    const target = { ...backlogTarget(10), disable_scale_in: true };
    const clock = new HandMadeClock(scaledStack({ aws_autoscaling_policy: trackingPolicy("backlog", target) }), {
      min: 1,
      max: 9,
      desired: 4,
    });
    expect(clock.pass(20, measured(0, 4)).at(-1)).toBe(4);
    expect(Object.keys(clock.states)).toEqual(["backlog-high"]);
  });

  it("and its processors shrinks only when it is below both targets, and grows for either", () => {
    const cpu = {
      target_value: 50,
      predefined_metric_specification: { predefined_metric_type: "ASGAverageCPUUtilization" },
    };
    const both = scaledStack({
      aws_autoscaling_policy: { ...trackingPolicy("backlog", backlogTarget(10)), ...trackingPolicy("cpu", cpu) },
    });
    const clock = new HandMadeClock(both, { min: 1, max: 9, desired: 4 });
    expect(clock.pass(20, { ...measured(0, 4), CPUUtilization: 50 }).at(-1)).toBe(4);
    expect(clock.pass(15, { ...measured(0, 4), CPUUtilization: 20 }).at(-1)).toBe(2);
    expect(clock.pass(3, { ...measured(0, 2), CPUUtilization: 90 }).at(-1)).toBe(4);
  });
});

describe("a fleet with scheduled actions", () => {
  const stack = scaledStack({
    aws_autoscaling_schedule: {
      ...scheduledAction("morning", { recurrence: "0 8 * * *", time_zone: "Europe/Berlin", desired_capacity: 3 }),
      ...scheduledAction("evening", { recurrence: "0 20 * * *", min_size: 0, max_size: 1, desired_capacity: 0 }),
      ...scheduledAction("launch day", { start_time: "2026-03-02T12:00:00Z", min_size: 5, max_size: 9 }),
    },
  });
  const at = (time: string): HandMadeClock =>
    new HandMadeClock(stack, { min: 1, max: 4, desired: 1 }, Date.parse(time));

  it("has the size that each says, at its time in its zone", () => {
    const clock = at("2026-01-05T06:58:00Z");
    expect(clock.pass(3, {})).toEqual([1, 3, 3]);
    expect(clock.events).toEqual(['scheduled action "morning" for worker']);
  });

  it("has the limits that it says, too", () => {
    const evening = at("2026-01-05T19:59:00Z");
    evening.pass(1, {});
    expect(evening.fleet.capacity).toEqual({ min: 0, max: 1, desired: 0 });
    const launch = at("2026-03-02T11:59:30Z");
    launch.pass(1, {});
    expect(launch.fleet.capacity).toEqual({ min: 5, max: 9, desired: 5 });
    expect(launch.fleet.reasons).toEqual(['scheduled action "launch day"']);
  });
});
