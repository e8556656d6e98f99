import type { QueueDepth, QueueDepths } from "../emulators/queue-depths";
import type { Capacity } from "../fleet/fleet";
import type { Traffic } from "../load-balancer/traffic";
import type { Measurement, MetricId } from "./metrics";

/** What can be measured. */
export interface Measurable {
  readonly queues: Pick<QueueDepths, "all" | "oldestMs">;
  /** By the name of the Auto Scaling group */
  readonly groups: ReadonlyMap<string, MeasurableGroup>;
  readonly balancers: readonly NamedBalancer[];
}

export interface MeasurableGroup {
  readonly fleet: MeasurableFleet;
  /** Milliseconds in service before an instance counts in averages over the group */
  readonly warmupMs: number;
}

/** What is measured of a `Fleet`. */
export interface MeasurableFleet {
  readonly capacity: Capacity;
  /** Those in service */
  readonly members: readonly unknown[];
  readonly allInstances: readonly unknown[];
  readonly leavingCount: number;
  warm(warmupMs: number): readonly MeasurableInstance[];
}

/** What is measured of an `Instance`. */
export interface MeasurableInstance {
  readonly cpuSeconds: number;
  readonly cpuPercent: number | undefined;
}

export interface NamedBalancer {
  /** The ARN suffixes of the load balancer and of its target group */
  readonly names: readonly string[];
  readonly balancer: MeasurableBalancer;
}

/** What is measured of a `LoadBalancer`. */
export interface MeasurableBalancer {
  readonly traffic: { take(): Traffic };
  readonly targets: { readonly healthyCount: number; readonly unhealthyCount: number };
}

/** What every metric of a minute is read from. */
interface Reading {
  readonly depths: ReadonlyMap<string, QueueDepth>;
  readonly traffic: ReadonlyMap<MeasurableBalancer, Traffic>;
}

/** Reads the metrics that somebody watches, once a minute. */
export class Meters {
  private readonly cpu = new CpuMeter();

  /**
   * @param world what can be measured
   * @param timeFactor how much faster time passes: messages grow old so much faster, too
   */
  constructor(
    private readonly world: Measurable,
    private readonly timeFactor: number,
  ) {}

  /** What was measured in the minute that ends now. Counters start again from zero. */
  async read(metrics: readonly MetricId[]): Promise<Measurement[]> {
    const traffic = new Map(this.world.balancers.map(({ balancer }) => [balancer, balancer.traffic.take()]));
    const reading = { depths: await this.world.queues.all(), traffic };
    return Promise.all(metrics.map(async (metric) => ({ metric, values: await this.valuesOf(metric, reading) })));
  }

  private async valuesOf(metric: MetricId, reading: Reading): Promise<readonly number[]> {
    switch (metric.namespace) {
      case "AWS/SQS":
        return this.queueValues(metric, reading);
      case "AWS/ApplicationELB":
        return this.balancerValues(metric, reading);
      default:
        return this.groupValues(metric);
    }
  }

  private async queueValues({ name, dimensions }: MetricId, { depths }: Reading): Promise<number[]> {
    const queue = dimensions.QueueName ?? "";
    if (name === "ApproximateAgeOfOldestMessage") {
      const age = (await this.world.queues.oldestMs(queue, Date.now())) ?? 0;
      return [(age / 1000) * this.timeFactor];
    }
    const depth = depths.get(queue);
    if (depth === undefined) return [];
    return [name === "ApproximateNumberOfMessagesVisible" ? depth.visible : depth.inFlight];
  }

  private balancerValues({ name, dimensions }: MetricId, { traffic }: Reading): readonly number[] {
    const found = this.world.balancers.find(({ names }) =>
      Object.values(dimensions).every((dimension) => names.includes(dimension)),
    );
    const counted = found === undefined ? undefined : traffic.get(found.balancer);
    if (found === undefined || counted === undefined) return [];
    const { healthyCount, unhealthyCount } = found.balancer.targets;
    const targets = healthyCount + unhealthyCount;
    const [, kind] = /^HTTPCode_Target_(\d)XX_Count$/.exec(name) ?? [];
    if (kind !== undefined) return counts(counted.answers[kind] ?? 0);
    switch (name) {
      case "HTTPCode_ELB_5XX_Count":
        return counts(counted.ownErrors);
      case "RequestCount":
        return counts(counted.requests);
      case "RequestCountPerTarget":
        // The one count that is also told when it is zero: a group that tracks it shrinks when nobody asks.
        return targets === 0 ? [] : [counted.requests / targets];
      case "TargetResponseTime":
        return counted.responseTimes;
      default:
        return targets === 0 ? [] : [name === "HealthyHostCount" ? healthyCount : unhealthyCount];
    }
  }

  private groupValues({ name, dimensions }: MetricId): number[] {
    const group = this.world.groups.get(dimensions.AutoScalingGroupName ?? "");
    if (group === undefined) return [];
    const { fleet, warmupMs } = group;
    if (name === "CPUUtilization") return this.cpu.percents(fleet.warm(warmupMs));
    const { min, max, desired } = fleet.capacity;
    const inService = fleet.members.length;
    const total = fleet.allInstances.length;
    const values: Record<string, number> = {
      GroupMinSize: min,
      GroupMaxSize: max,
      GroupDesiredCapacity: desired,
      GroupTotalInstances: total,
      GroupInServiceInstances: inService,
      GroupPendingInstances: total - inService - fleet.leavingCount,
      GroupTerminatingInstances: fleet.leavingCount,
    };
    const value = values[name];
    return value === undefined ? [] : [value];
  }
}

/** CloudWatch leaves out a count of zero. */
function counts(count: number): number[] {
  return count === 0 ? [] : [count];
}

/** Per cent of one vCPU that instances have used since the last time. */
class CpuMeter {
  private readonly before = new WeakMap<MeasurableInstance, { readonly seconds: number; readonly at: number }>();

  percents(instances: readonly MeasurableInstance[]): number[] {
    const now = performance.now();
    return instances.map((instance) => {
      const before = this.before.get(instance);
      const seconds = instance.cpuSeconds;
      this.before.set(instance, { seconds, at: now });
      if (before === undefined || now === before.at) return instance.cpuPercent ?? 0;
      return (100_000 * (seconds - before.seconds)) / (now - before.at);
    });
  }
}
