import type { Resource, SynthesizedStack } from "../terraform/synthesized";
import { asString } from "../terraform/value";
import { type MetricId, nameOfMetric } from "./metrics";

/** The metrics that are measured on this machine, by namespace. */
const measured: Readonly<Record<string, readonly string[]>> = {
  "AWS/SQS": [
    "ApproximateNumberOfMessagesVisible",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateAgeOfOldestMessage",
  ],
  "AWS/EC2": ["CPUUtilization"],
  "AWS/AutoScaling": [
    ...["GroupMinSize", "GroupMaxSize", "GroupDesiredCapacity", "GroupTotalInstances"],
    ...["GroupInServiceInstances", "GroupPendingInstances", "GroupTerminatingInstances"],
  ],
  "AWS/ApplicationELB": [
    ...["RequestCount", "RequestCountPerTarget", "TargetResponseTime", "HealthyHostCount", "UnHealthyHostCount"],
    ...["HTTPCode_Target_2XX_Count", "HTTPCode_Target_3XX_Count", "HTTPCode_Target_4XX_Count"],
    ...["HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count"],
  ],
};

/** The resources that a metric can be about, by the dimension that names them. */
const dimensions: Readonly<Record<string, (stack: SynthesizedStack) => string[]>> = {
  QueueName: (stack) => stack.ofType("aws_sqs_queue").map((queue) => queue.string("name")),
  AutoScalingGroupName: (stack) => stack.ofType("aws_autoscaling_group").map((group) => group.string("name")),
  LoadBalancer: (stack) => stack.ofType("aws_lb").map((balancer) => arnSuffixOf(stack, balancer)),
  TargetGroup: (stack) => stack.ofType("aws_lb_target_group").map((group) => arnSuffixOf(stack, group)),
};

/** Why nothing on this machine measures a metric; undefined when something does. */
export function whyNotMeasured(stack: SynthesizedStack, metric: MetricId): string | undefined {
  const name = nameOfMetric(metric);
  if (measured[metric.namespace]?.includes(metric.name) !== true) return `nothing here measures ${name}`;
  const pairs = Object.entries(metric.dimensions);
  const stranger = pairs.find(([key, value]) => dimensions[key]?.(stack).includes(value) !== true);
  if (stranger !== undefined) return `nothing here measures ${name} of ${stranger.join(" ")}`;
  if (pairs.length === 0) return `nothing here measures ${name} without dimensions`;
  if (metric.namespace !== "AWS/AutoScaling") return undefined;
  const group = groupNamed(stack, metric.dimensions.AutoScalingGroupName ?? "");
  const isEnabled = group?.references("enabled_metrics").includes(metric.name) === true;
  // As on AWS, where a group publishes these only when it is told to.
  return isEnabled ? undefined : `${name} is not among the enabled_metrics of ${group?.id ?? "any group"}`;
}

/** What names a load balancer or a target group in CloudWatch. */
export function arnSuffixOf(stack: SynthesizedStack, { type, name }: Resource): string {
  return asString(stack.resource(type, name, "arn_suffix"));
}

function groupNamed(stack: SynthesizedStack, name: string): Resource | undefined {
  return stack.ofType("aws_autoscaling_group").find((group) => group.string("name") === name);
}
