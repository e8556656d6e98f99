import { describe, expect, it } from "@jest/globals";
import { Fn, Token } from "cdktf";
import type { AutoScalingGroup } from "../../modules/auto-scaling-group";
import type { Metric } from "../../modules/metric";
import type { StepScalingProps } from "../../modules/step-scaling";
import { fleet } from "../support/fleet";
import { synthesize } from "../support/synthesized";

const metric: Metric = {
  namespace: "Example",
  name: "Waiting",
  dimensions: { Place: "here" },
  statistic: "Sum",
  period: 300,
  missing: "zero",
};
const props: StepScalingProps = {
  metric,
  warmup: 60,
  up: {
    above: 10,
    steps: [
      { to: 50, change: 1 },
      { from: 50, change: 3 },
    ],
  },
  down: {
    atMost: 4,
    steps: [
      { to: 2, change: -2 },
      { from: 2, change: -1 },
    ],
  },
};
const scaled = (changes: Partial<StepScalingProps> = {}, more?: (things: AutoScalingGroup) => void) =>
  synthesize((stack) => {
    const things = fleet(stack);
    things.scaleOnMetric("waiting", { ...props, ...changes });
    more?.(things);
  });

describe("scaling on a metric", () => {
  const stack = scaled();
  const alarm = (direction: "up" | "down") => stack.one("aws_cloudwatch_metric_alarm", `things_waiting_${direction}`);
  const policy = (direction: "up" | "down") => stack.one("aws_autoscaling_policy", `things_waiting_${direction}`);

  it("rings above a value and at or below another one, over the metric's own period", () => {
    const common = {
      namespace: "Example",
      metric_name: "Waiting",
      dimensions: { Place: "here" },
      statistic: "Sum",
      period: 300,
      evaluation_periods: 1,
    };
    expect(alarm("up")).toMatchObject({
      ...common,
      alarm_name: "example-test-things-waiting-up",
      comparison_operator: "GreaterThanThreshold",
      threshold: 10,
    });
    expect(alarm("down")).toMatchObject({
      ...common,
      alarm_name: "example-test-things-waiting-down",
      comparison_operator: "LessThanOrEqualToThreshold",
      threshold: 4,
    });
  });

  it("has each alarm do one thing: its policy", () => {
    for (const direction of ["up", "down"] as const) {
      expect(alarm(direction).alarm_actions).toEqual([
        expect.stringMatching(
          new RegExp(`^\\$\\{aws_autoscaling_policy\\.things_waiting_${direction}-policy_\\w+\\.arn\\}$`),
        ),
      ]);
      expect(alarm(direction)).not.toHaveProperty("ok_actions");
    }
  });

  it("changes the fleet's capacity in steps and waits 60 s for each new machine", () => {
    for (const direction of ["up", "down"] as const) {
      expect(policy(direction)).toMatchObject({
        name: `example-test-things-waiting-${direction}`,
        autoscaling_group_name: expect.stringMatching(/^\$\{aws_autoscaling_group\.things_group_\w+\.name\}$/),
        policy_type: "StepScaling",
        adjustment_type: "ChangeInCapacity",
        estimated_instance_warmup: 60,
      });
    }
  });

  it("turns values of the metric into AWS's distances from the threshold", () => {
    expect(policy("up").step_adjustment).toEqual([
      { metric_interval_lower_bound: "0", metric_interval_upper_bound: "40", scaling_adjustment: 1 },
      { metric_interval_lower_bound: "40", scaling_adjustment: 3 },
    ]);
    expect(policy("down").step_adjustment).toEqual([
      { metric_interval_upper_bound: "-2", scaling_adjustment: -2 },
      { metric_interval_lower_bound: "-2", metric_interval_upper_bound: "0", scaling_adjustment: -1 },
    ]);
  });

  it("writes distances as a person would, also of decimal fractions", () => {
    const up = {
      above: 0.1,
      steps: [
        { to: 0.3, change: 1 },
        { from: 0.3, change: 2 },
      ],
    };
    const stepped = scaled({ up, down: { atMost: 0, steps: [{ change: -1 }] } });
    expect(stepped.one("aws_autoscaling_policy", "things_waiting_up").step_adjustment).toMatchObject([
      { metric_interval_upper_bound: "0.2" },
      { metric_interval_lower_bound: "0.2" },
    ]);
  });

  it("takes steps in any order", () => {
    const { up } = props;
    expect(scaled({ up: { ...up, steps: [...up.steps].reverse() } }).json.resource).toEqual(stack.json.resource);
  });

  it("shrinks when there is no data of a metric that is zero then, and never grows", () => {
    expect([alarm("up").treat_missing_data, alarm("down").treat_missing_data]).toEqual(["notBreaching", "breaching"]);
  });

  it("does nothing when there is no data of a metric that may be anything then", () => {
    const unknown = scaled({ metric: { ...metric, missing: "unknown" } }).all("aws_cloudwatch_metric_alarm");
    expect(unknown.map((each) => each.treat_missing_data)).toEqual(["missing", "missing"]);
  });

  it("wakes nobody, ends no replacement of machines, and leaves the capacity to itself", () => {
    const onCall = synthesize((scope) => fleet(scope).scaleOnMetric("waiting", props), { alarms: { emails: [] } });
    for (const { alarm_actions: actions } of onCall.all("aws_cloudwatch_metric_alarm")) {
      expect(actions).not.toContainEqual(expect.stringContaining("sns"));
    }
    const group = stack.one("aws_autoscaling_group");
    expect(group.instance_refresh).not.toHaveProperty("preferences.alarm_specification");
    expect(group.lifecycle).toEqual({ ignore_changes: ["desired_capacity"] });
  });

  it("waits for a new machine as long as its grace period unless told otherwise", () => {
    expect(scaled({ warmup: undefined }).all("aws_autoscaling_policy")).toMatchObject([
      { estimated_instance_warmup: 90 },
      { estimated_instance_warmup: 90 },
    ]);
  });
});

describe("scaling on a metric with bad input", () => {
  const up = (...steps: StepScalingProps["up"]["steps"]) => ({ up: { above: 10, steps } });
  const down = (...steps: StepScalingProps["down"]["steps"]) => ({ down: { atMost: 4, steps } });

  it.each<[string, Partial<StepScalingProps>, string]>([
    ["no step", up(), "up.steps: got [], allowed: 1 to 20 steps"],
    [
      "a gap",
      up({ to: 20, change: 1 }, { from: 30, change: 2 }),
      'up.steps: got [{"to":20,"change":1},{"from":30,"change":2}], allowed: intervals without a gap between them',
    ],
    [
      "an overlap",
      up({ to: 30, change: 1 }, { from: 20, change: 2 }),
      'up.steps: got [{"to":30,"change":1},{"from":20,"change":2}], allowed: intervals that do not overlap',
    ],
    [
      "two steps without bounds",
      up({ change: 1 }, { change: 2 }),
      'up.steps: got [{"change":1},{"change":2}], allowed: intervals that do not overlap',
    ],
    [
      "a beginning after the alarm's value",
      up({ from: 11, change: 1 }),
      'up.steps: got {"from":11,"change":1}, allowed: a lowest interval that begins at up.above (10)',
    ],
    [
      "an end, above which nothing would happen",
      up({ to: 20, change: 1 }),
      'up.steps: got {"to":20,"change":1}, allowed: a highest interval without to',
    ],
    [
      "an interval from high to low",
      up({ to: 20, change: 1 }, { from: 20, to: 15, change: 1 }),
      'up.steps: got {"from":20,"to":15,"change":1}, allowed: an interval that ends above where it begins',
    ],
    [
      "growing by a negative number",
      up({ change: -1 }),
      'up.steps: got {"change":-1}, allowed: a change of 1 machine or more',
    ],
    ["growing by half a machine", up({ change: 0.5 }), "allowed: a change of 1 machine or more"],
    [
      "shrinking by a positive number",
      down({ change: 1 }),
      'down.steps: got {"change":1}, allowed: a change of -1 machine or less',
    ],
    [
      "shrinking that begins somewhere",
      down({ from: 0, change: -1 }),
      'down.steps: got {"from":0,"change":-1}, allowed: a lowest interval without from',
    ],
    [
      "shrinking that ends before the alarm's value",
      down({ to: 3, change: -1 }),
      'down.steps: got {"to":3,"change":-1}, allowed: a highest interval that ends at down.atMost (4)',
    ],
    [
      "shrinking at values at which the fleet also grows",
      { down: { atMost: 11, steps: [{ change: -1 }] } },
      "down.atMost: got 11, allowed: at most up.above (10)",
    ],
    [
      "a period that CloudWatch does not offer",
      { metric: { ...metric, period: 90 } },
      "metric.period: got 90, allowed: 10, 30 or a multiple of 60 seconds",
    ],
    ["a warm-up below zero", { warmup: -1 }, "warmup: got -1, allowed: 0 to 7200 seconds"],
    ["no period at all", { up: { ...props.up, periods: 0 } }, "up.periods: got 0, allowed: 1 to 1440"],
  ])("refuses %s", (_, changes, message) => {
    expect(() => scaled(changes)).toThrow(message);
  });

  it("names everything that is wrong at once, with its path", () => {
    const make = () => scaled({ warmup: -1, ...up({ change: -1 }), ...down({ change: 1 }) });
    expect(make).toThrow(
      /^example\/things\/waiting: invalid props\n {2}warmup: .*\n {2}up\.steps: .*\n {2}down\.steps: .*$/,
    );
  });

  it("refuses a value that only Terraform will know, from which no distance can be computed", () => {
    const above = Token.asNumber(Fn.max([1, 2]));
    expect(() => scaled({ up: { above, steps: [{ change: 1 }] } })).toThrow(
      "example/things/waiting: values and changes must be literal numbers",
    );
  });
});
