import { describe, expect, it } from "@jest/globals";
import type { AutoScalingGroup } from "../../modules/auto-scaling-group";
import { LoadBalancer } from "../../modules/load-balancer";
import type { Metric } from "../../modules/metric";
import { Queue } from "../../modules/queue";
import type { Stack } from "../../modules/stack";
import type { PredefinedMetric, TargetTrackingProps } from "../../modules/target-tracking";
import { Vpc } from "../../modules/vpc";
import { fleet, healthCheck, type FleetProps } from "../support/fleet";
import { synthesize } from "../support/synthesized";

const metric: Metric = {
  namespace: "Example",
  name: "Sessions",
  dimensions: { Fleet: "things" },
  statistic: "Average",
  period: 60,
  missing: "unknown",
};
const scaled = (props: Partial<TargetTrackingProps>) =>
  synthesize((stack) => fleet(stack).scaleToTarget("load", { metric, target: 70, ...props }));

/** A fleet "things" behind a load balancer "web". */
function balanced(stack: Stack): AutoScalingGroup {
  const things = fleet(stack);
  const vpc = new Vpc(stack, "other-vpc", { egress: "none" });
  new LoadBalancer(stack, "web", { vpc, alarms: "nobody" }).forwardTo(things, { healthCheck });
  return things;
}

describe("scaling to a target", () => {
  it.each<[PredefinedMetric, number]>([
    ["ASGAverageCPUUtilization", 70],
    ["ASGAverageNetworkIn", 10_000_000],
    ["ASGAverageNetworkOut", 10_000_000],
  ])("keeps %s at a value, measured once a minute", (predefined, target) => {
    const stack = scaled({ metric: predefined, target, warmup: 60 });
    expect(stack.one("aws_autoscaling_policy")).toMatchObject({
      name: "example-test-things-load",
      autoscaling_group_name: expect.stringMatching(/^\$\{aws_autoscaling_group\.things_group_\w+\.name\}$/),
      policy_type: "TargetTrackingScaling",
      estimated_instance_warmup: 60,
      target_tracking_configuration: {
        target_value: target,
        disable_scale_in: false,
        predefined_metric_specification: { predefined_metric_type: predefined },
      },
    });
    expect(stack.one("aws_launch_template").monitoring).toEqual({ enabled: true });
  });

  it("keeps the requests to each machine behind a load balancer at a value, once a listener sends some", () => {
    const stack = synthesize((scope) =>
      balanced(scope).scaleToTarget("load", { metric: "ALBRequestCountPerTarget", target: 1000 }),
    );
    const policy = stack.one("aws_autoscaling_policy");
    expect(policy).toMatchObject({
      target_tracking_configuration: {
        predefined_metric_specification: {
          predefined_metric_type: "ALBRequestCountPerTarget",
          resource_label: expect.stringMatching(
            /^\$\{aws_lb\.web_load-balancer_\w+\.arn_suffix\}\/\$\{aws_lb_target_group\.web_things-targets_\w+\.arn_suffix\}$/,
          ),
        },
      },
      depends_on: [expect.stringMatching(/^aws_lb_listener\.web_http_/)],
    });
    expect(stack.one("aws_launch_template")).not.toHaveProperty("monitoring");
  });

  it("keeps any other metric at a value", () => {
    expect(scaled({}).one("aws_autoscaling_policy").target_tracking_configuration).toEqual({
      target_value: 70,
      disable_scale_in: false,
      customized_metric_specification: {
        namespace: "Example",
        metric_name: "Sessions",
        statistic: "Average",
        period: 60,
        metric_dimension: [{ name: "Fleet", value: "things" }],
      },
    });
  });

  it("leaves it to others to shrink the fleet when asked", () => {
    expect(scaled({ disableScaleIn: true }).one("aws_autoscaling_policy")).toMatchObject({
      target_tracking_configuration: { disable_scale_in: true },
    });
  });

  it("makes no alarm of its own and leaves the capacity to Auto Scaling", () => {
    const stack = scaled({});
    expect(stack.all("aws_cloudwatch_metric_alarm")).toEqual([]);
    expect(stack.one("aws_autoscaling_group").lifecycle).toEqual({ ignore_changes: ["desired_capacity"] });
  });

  it.each<[string, Partial<TargetTrackingProps>, string]>([
    ["a target of zero", { target: 0 }, "target: got 0, allowed: a number above 0"],
    ["a warm-up of three hours", { warmup: 10_800 }, "warmup: got 10800, allowed: 0 to 7200 seconds"],
    [
      "a metric of five minutes",
      { metric: { ...metric, period: 300 } },
      "metric.period: got 300, allowed: 10, 30 or 60 seconds",
    ],
    [
      "an expression over a metric of five minutes",
      { metric: { expression: "a / 2", metrics: { a: { ...metric, period: 300 } } } },
      "metric.metrics.a.period: got 300, allowed: 10, 30 or 60 seconds",
    ],
    [
      "an id in upper case",
      { metric: { expression: "A / 2", metrics: { A: metric } } },
      'metric.metrics: got "A", allowed: ids such as visible, and none that is result',
    ],
    [
      "requests per target of a fleet behind no load balancer",
      { metric: "ALBRequestCountPerTarget" },
      'metric: got "ALBRequestCountPerTarget", allowed: this metric only after a load balancer\'s forwardTo, of one alone',
    ],
  ])("refuses %s", (_, props, message) => {
    expect(() => scaled(props)).toThrow(`example/things/load: invalid props\n  ${message}`);
  });
});

describe("scaling to a backlog", () => {
  const backlog = (props: Partial<FleetProps> = {}, perInstance = 20) =>
    synthesize((stack) => {
      const queue = new Queue(stack, "work", {
        visibilityTimeout: 30,
        deadLetter: { maxReceiveCount: 3 },
        alarms: "nobody",
      });
      fleet(stack, props).scaleToBacklog("backlog", { queue, perInstance, warmup: 45 });
    });
  const stack = backlog();

  it("divides the messages that wait by the machines in service, each over a minute", () => {
    const metric = (namespace: string, name: string, dimension: string, value: RegExp, stat: string) => ({
      metric_stat: {
        metric: {
          namespace,
          metric_name: name,
          dimensions: [{ name: dimension, value: expect.stringMatching(value) }],
        },
        stat,
        period: 60,
      },
      return_data: false,
    });
    expect(stack.one("aws_autoscaling_policy")).toMatchObject({
      estimated_instance_warmup: 45,
      target_tracking_configuration: {
        target_value: 20,
        customized_metric_specification: {
          metrics: [
            {
              id: "visible",
              ...metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", /work_queue_\w+\.name/, "Sum"),
            },
            {
              id: "machines",
              ...metric(
                "AWS/AutoScaling",
                "GroupInServiceInstances",
                "AutoScalingGroupName",
                /things_group_\w+\.name/,
                "Average",
              ),
            },
            { id: "result", expression: "visible / machines", return_data: true },
          ],
        },
      },
    });
  });

  it("has the group publish how many machines are in service", () => {
    expect(stack.one("aws_autoscaling_group").enabled_metrics).toEqual(["GroupInServiceInstances"]);
  });

  it("refuses a fleet that may have no machine to divide by", () => {
    expect(() => backlog({ capacity: { min: 0, max: 3 } })).toThrow(
      "example/things: invalid props\n  capacity.min: got 0, allowed: 1 or more where the backlog scales",
    );
  });

  it("refuses to keep nothing waiting at all", () => {
    expect(() => backlog({}, 0)).toThrow("example/things/backlog: invalid props\n  target: got 0");
  });
});
