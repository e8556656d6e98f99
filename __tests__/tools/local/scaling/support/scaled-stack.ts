import { useLocalAddresses } from "../../../../../tools/local/parts";
import { SynthesizedStack } from "../../../../../tools/local/terraform/synthesized";
import type { Value } from "../../../../../tools/local/terraform/value";
import { fixtureJson } from "../../fixture/stack";

type Json = Record<string, Value>;

const group = "${aws_autoscaling_group.worker_group.name}";
const queue = { QueueName: "${aws_sqs_queue.work_queue.name}" };

/** An alarm on the messages that wait in the fixture's queue, which calls one of the policies below. */
export function backlogAlarm(name: string, properties: Json, policy?: string): Json {
  return {
    [name]: {
      alarm_name: name,
      alarm_description: `${name}, for a test`,
      namespace: "AWS/SQS",
      metric_name: "ApproximateNumberOfMessagesVisible",
      dimensions: queue,
      statistic: "Sum",
      period: 300,
      evaluation_periods: 1,
      ...(policy !== undefined && { alarm_actions: [`\${aws_autoscaling_policy.${policy}.arn}`] }),
      ...properties,
    },
  };
}

/** A step scaling policy of the fixture's workers with a warm-up of a minute. */
export function stepPolicy(name: string, ...steps: Json[]): Json {
  return {
    [name]: {
      name,
      autoscaling_group_name: group,
      policy_type: "StepScaling",
      adjustment_type: "ChangeInCapacity",
      estimated_instance_warmup: 60,
      step_adjustment: steps,
    },
  };
}

/** A target tracking policy of the fixture's workers. */
export function trackingPolicy(name: string, configuration: Json): Json {
  return {
    [name]: {
      name,
      autoscaling_group_name: group,
      policy_type: "TargetTrackingScaling",
      target_tracking_configuration: configuration,
    },
  };
}

/** A target of messages for each worker in service. */
export function backlogTarget(perInstance: number): Json {
  const stat = (namespace: string, metric_name: string, name: string, value: string): Json => ({
    metric: { namespace, metric_name, dimensions: [{ name, value }] },
    stat: "Average",
    period: 60,
  });
  return {
    target_value: perInstance,
    customized_metric_specification: {
      metrics: [
        {
          id: "visible",
          metric_stat: stat("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue.QueueName),
          return_data: false,
        },
        {
          id: "machines",
          metric_stat: stat("AWS/AutoScaling", "GroupInServiceInstances", "AutoScalingGroupName", group),
          return_data: false,
        },
        { id: "backlog", expression: "visible / machines" },
      ],
    },
  };
}

/** A scheduled action of the fixture's workers. */
export function scheduledAction(name: string, properties: Json): Json {
  return {
    [name]: {
      scheduled_action_name: name,
      autoscaling_group_name: group,
      min_size: -1,
      max_size: -1,
      desired_capacity: -1,
      ...properties,
    },
  };
}

/** Grows above a sum of 5 messages over 5 minutes, and shrinks at 5 and below. */
export const stepScaled: Json = {
  aws_cloudwatch_metric_alarm: {
    ...backlogAlarm("up", { comparison_operator: "GreaterThanThreshold", threshold: 5 }, "grow"),
    ...backlogAlarm("down", { comparison_operator: "LessThanOrEqualToThreshold", threshold: 5 }, "shrink"),
  },
  aws_autoscaling_policy: {
    ...stepPolicy("grow", { metric_interval_lower_bound: "0", scaling_adjustment: 1 }),
    ...stepPolicy("shrink", { metric_interval_upper_bound: "0", scaling_adjustment: -1 }),
  },
};

/** The fixture with more resources, read as tools/local reads a stack. The workers' group publishes its metrics. */
export function scaledStack(resources: Json): SynthesizedStack {
  const json = fixtureJson();
  const resource = json.resource as Record<string, Record<string, Json>>;
  const workers = resource.aws_autoscaling_group?.worker_group;
  if (workers === undefined) throw new Error("the fixture has no workers");
  workers.enabled_metrics = ["GroupInServiceInstances"];
  const stack = new SynthesizedStack("fixture", { ...json, resource: { ...resource, ...resources } });
  useLocalAddresses(stack, "http://127.0.0.1:1", new Map());
  return stack;
}
