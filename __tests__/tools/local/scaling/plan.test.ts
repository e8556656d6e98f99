import { describe, expect, it } from "@jest/globals";
import { notRun } from "../../../../tools/local/plan";
import { planScaling } from "../../../../tools/local/scaling/plan";
import type { Value } from "../../../../tools/local/terraform/value";
import {
  backlogAlarm,
  backlogTarget,
  scaledStack,
  scheduledAction,
  stepPolicy,
  stepScaled,
  trackingPolicy,
} from "./support/scaled-stack";

type Json = Record<string, Value>;

const rings = { comparison_operator: "GreaterThanThreshold", threshold: 1 };
const alarm = (properties: Json): Json => ({
  aws_cloudwatch_metric_alarm: backlogAlarm("alarm", { ...rings, ...properties }),
});
const policy = (resource: Json): Json => ({ aws_autoscaling_policy: resource });
const ec2 = { namespace: "AWS/EC2", metric_name: "StatusCheckFailed_System", dimensions: { InstanceId: "i-1" } };
const balancer = {
  namespace: "AWS/ApplicationELB",
  dimensions: {
    LoadBalancer: "${aws_lb.web_balancer.arn_suffix}",
    TargetGroup: "${aws_lb_target_group.web_targets.arn_suffix}",
  },
};

describe("the scaling of a stack", () => {
  it("is read from its alarms and policies", () => {
    const { alarms, policies, notRun: missing } = planScaling(scaledStack(stepScaled));
    expect(alarms).toMatchObject([
      {
        name: "up",
        periodMs: 300_000,
        rule: { threshold: 5, evaluationPeriods: 1, datapointsToAlarm: 1, missingData: "missing" },
        actions: [{ state: "ALARM", policy: "aws_autoscaling_policy.grow" }],
      },
      { name: "down", actions: [{ state: "ALARM", policy: "aws_autoscaling_policy.shrink" }] },
    ]);
    expect(policies).toMatchObject([
      { fleet: "worker", warmupMs: 60_000, scaling: { step: { steps: [{ lower: 0, adjustment: 1 }] } } },
      { fleet: "worker", scaling: { step: { steps: [{ upper: 0, adjustment: -1 }] } } },
    ]);
    expect(missing).toEqual([]);
  });

  it.each<[string, Json]>([
    ["errors of a load balancer's targets", { ...balancer, metric_name: "HTTPCode_Target_5XX_Count" }],
    ["unhealthy targets", { ...balancer, metric_name: "UnHealthyHostCount" }],
    ["a percentile of response times", { ...balancer, metric_name: "TargetResponseTime", statistic: "p99" }],
    ["the age of messages", { metric_name: "ApproximateAgeOfOldestMessage", statistic: "Maximum" }],
    [
      "metric math",
      {
        metric_query: [
          {
            id: "m1",
            metric: {
              namespace: "AWS/SQS",
              metric_name: "ApproximateNumberOfMessagesVisible",
              dimensions: { QueueName: "${aws_sqs_queue.work_queue.name}" },
              stat: "Maximum",
              period: 60,
            },
          },
          { id: "e1", expression: "m1 * 2", return_data: true },
        ],
      },
    ],
  ])("evaluates an alarm on %s", (_case, properties) => {
    const stack = scaledStack(alarm(properties));
    expect(planScaling(stack)).toMatchObject({ alarms: [{ name: "alarm" }], notRun: [] });
  });

  it.each<[string, Json]>([
    ['alarm "alarm" (nothing here measures AWS/EC2 StatusCheckFailed_System)', alarm(ec2)],
    [
      'alarm "alarm" (nothing here measures AWS/SQS ApproximateNumberOfMessagesVisible of QueueName other)',
      alarm({ dimensions: { QueueName: "other" } }),
    ],
    ['alarm "alarm" (LessThanLowerThreshold is not known)', alarm({ comparison_operator: "LessThanLowerThreshold" })],
    [
      'alarm "alarm" (AWS/AutoScaling GroupDesiredCapacity is not among the enabled_metrics of worker)',
      alarm({
        namespace: "AWS/AutoScaling",
        metric_name: "GroupDesiredCapacity",
        dimensions: { AutoScalingGroupName: "fixture-dev-worker" },
      }),
    ],
    [
      'scaling policy "simple" (SimpleScaling does not act here)',
      policy({ simple: { name: "simple", autoscaling_group_name: "${aws_autoscaling_group.worker_group.name}" } }),
    ],
    [
      'scaling policy "network" (nothing here measures ASGAverageNetworkIn)',
      policy(
        trackingPolicy("network", {
          target_value: 1,
          predefined_metric_specification: { predefined_metric_type: "ASGAverageNetworkIn" },
        }),
      ),
    ],
    [
      'scheduled action "never" (cron field "99" is not understood)',
      { aws_autoscaling_schedule: scheduledAction("never", { recurrence: "99 * * * *" }) },
    ],
  ])("says what does not run: %s", (line, resources) => {
    expect(notRun(scaledStack(resources)).at(-1)).toBe(line);
  });

  it("tracks requests per target of the load balancer that the label names", () => {
    const label = "${aws_lb.web_balancer.arn_suffix}/${aws_lb_target_group.web_targets.arn_suffix}";
    const requests = {
      target_value: 100,
      predefined_metric_specification: { predefined_metric_type: "ALBRequestCountPerTarget", resource_label: label },
    };
    const { alarms } = planScaling(scaledStack(policy(trackingPolicy("requests", requests))));
    expect(alarms.map(({ name, series }) => [name, series.metrics[0]?.name])).toEqual([
      ["requests-high", "RequestCountPerTarget"],
      ["requests-low", "RequestCountPerTarget"],
    ]);
  });

  it.each([
    ["its own warm-up", { estimated_instance_warmup: 90 }, 90],
    ["the group's cooldown, for want of another", {}, 300],
  ])("has for a tracking policy %s", (_case, properties, seconds) => {
    const tracking = trackingPolicy("backlog", backlogTarget(10)).backlog as Json;
    const { policies } = planScaling(scaledStack(policy({ backlog: { ...tracking, ...properties } })));
    expect(policies[0]?.warmupMs).toBe(seconds * 1000);
  });

  it("leaves out a policy that is not enabled, and what calls it", () => {
    const disabled = { ...(stepPolicy("grow", { scaling_adjustment: 1 }).grow as Json), enabled: false };
    const stack = scaledStack(policy({ grow: disabled }));
    expect(planScaling(stack)).toMatchObject({ policies: [], notRun: ['scaling policy "grow" (it is not enabled)'] });
  });
});
