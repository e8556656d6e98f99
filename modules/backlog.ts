import type { AutoScalingGroup } from "./auto-scaling-group";
import type { Metric, MetricMath } from "./metric";
import type { Queue } from "./queue";

export interface BacklogProps {
  readonly queue: Queue;
  /** Waiting messages for each machine: how long a message may wait, divided by the time that one takes a machine. */
  readonly perInstance: number;
  /** Seconds after which a machine that was added works off messages. Default: the fleet's grace period. */
  readonly warmup?: number;
}

/**
 * Messages that wait in a queue for each machine in service, as AWS documents it
 * (https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-target-tracking-metric-math.html).
 */
export function backlogPerInstance(queue: Queue, fleet: AutoScalingGroup): MetricMath {
  return {
    expression: "visible / machines",
    metrics: {
      visible: queue.metric("ApproximateNumberOfMessagesVisible", { statistic: "Sum", period: 60 }),
      machines: machinesInService(fleet),
    },
  };
}

/** The group publishes nothing about itself unless it is told to (free). */
function machinesInService(fleet: AutoScalingGroup): Metric {
  const name = "GroupInServiceInstances";
  fleet.resource.enabledMetrics = [name];
  return {
    namespace: "AWS/AutoScaling",
    name,
    dimensions: { AutoScalingGroupName: fleet.resource.name },
    statistic: "Average",
    period: 60,
    missing: "unknown",
  };
}
