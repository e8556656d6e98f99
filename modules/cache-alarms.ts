import type { ElasticacheReplicationGroup } from "@cdktf/provider-aws/lib/elasticache-replication-group";
import { Fn, Token } from "cdktf";
import type { Construct } from "constructs";
import { Alarm, type AlarmProps, type AlarmTarget } from "./alarms";
import { evictsAnything, type EvictionPolicy } from "./cache-engine";
import { nameOf } from "./stack";

export interface CacheAlarmsProps {
  readonly notify: AlarmTarget;
  readonly cache: ElasticacheReplicationGroup;
  readonly nodes: number;
  readonly nodeType: string;
  readonly evictionPolicy: EvictionPolicy;
}

type NodeAlarm = Omit<AlarmProps, "notify" | "namespace" | "dimensions">;

/**
 * Three alarms for each node, because each may be the primary. Limits of the processor are AWS's
 * (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.WhichShouldIMonitor.html).
 */
export function cacheAlarms(scope: Construct, props: CacheAlarmsProps): Alarm[] {
  const { notify, cache, nodes, nodeType, evictionPolicy } = props;
  const name = nameOf(scope);
  const ofNode: Readonly<Record<string, NodeAlarm>> = {
    cpu: busy(name, nodeType),
    ...(evictsAnything(evictionPolicy) ? { evictions: tooSmall(name) } : { memory: nearlyFull(name) }),
    "refused-passwords": refusedPasswords(name),
  };
  // AWS's names for the nodes are not counted up for ever: after a change of their number they may have gaps.
  const members = Fn.sort(cache.memberClusters);
  return Array.from({ length: nodes }, (_, node) =>
    Object.entries(ofNode).map(
      ([id, alarm]) =>
        new Alarm(scope, `${id}-${node}`, {
          ...alarm,
          notify,
          namespace: "AWS/ElastiCache",
          dimensions: { CacheClusterId: Token.asString(Fn.element(members, node)) },
        }),
    ),
  ).flat();
}

/** Commands run on one core. Up to two cores AWS advises to watch the whole node, which then has the rest of the work as well. */
function busy(name: string, nodeType: string): NodeAlarm {
  const twoCores = /\.(micro|small|medium|large)$/.test(nodeType);
  return {
    description: `A node of ${name} works as fast as it can, and its users wait: see by the metrics GetTypeCmds and SetTypeCmds what they send more of, or take a larger node type.`,
    metric: twoCores ? "CPUUtilization" : "EngineCPUUtilization",
    statistic: "Average",
    above: twoCores ? 45 : 90,
    periods: 10,
  };
}

/** A cache that is full is as it should be, one that keeps throwing away what is asked for again is too small. */
function tooSmall(name: string): NodeAlarm {
  return {
    description: `${name} has thrown away more than 100 entries in each of 15 minutes to make room: look at the metric CacheHitRate, and take a larger node type when it has fallen.`,
    metric: "Evictions",
    statistic: "Sum",
    above: 100,
    periods: 15,
  };
}

function nearlyFull(name: string): NodeAlarm {
  return {
    description: `${name} is nearly full, and refuses writes when nothing is left that it may throw away: give entries a time to live, or take a larger node type.`,
    metric: "DatabaseMemoryUsagePercentage",
    statistic: "Average",
    above: 90,
    periods: 5,
  };
}

/** Programs go on without a cache that does not let them in, only slower: without this alarm nobody would know. */
function refusedPasswords(name: string): NodeAlarm {
  return {
    description: `${name} refuses passwords: machines that were made before the password was changed have to be replaced (an instance refresh); where it was not, find out which of those that may connect to it tries another one.`,
    metric: "AuthenticationFailures",
    statistic: "Sum",
    above: 10,
    period: 300,
  };
}
