import { describe, expect, it } from "@jest/globals";
import { AlarmTopic } from "../../modules/alarms";
import { Cache, type CacheProps } from "../../modules/cache";
import type { EvictionPolicy } from "../../modules/cache-engine";
import { Vpc } from "../../modules/vpc";
import { synthesize } from "../support/synthesized";

const TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms";

const alarmsOf = (props: Partial<CacheProps> = {}) =>
  synthesize(
    (scope) => {
      const vpc = new Vpc(scope, "vpc", { egress: "public-ip" });
      new Cache(scope, "cache", { vpc, alarms: AlarmTopic.fromEnvironment(scope, "alarms"), ...props });
    },
    { alarms: { topicArn: TOPIC } },
  ).all("aws_cloudwatch_metric_alarm");

describe("The alarms of a cache", () => {
  const alarms = alarmsOf();
  const of = (id: string, props?: Partial<CacheProps>) =>
    (props ? alarmsOf(props) : alarms).find(({ alarm_name }) => alarm_name === `example-test-cache-${id}`);

  it("are three for each node, whatever AWS calls it, and all tell the topic", () => {
    expect(alarms).toHaveLength(6);
    for (const alarm of alarms) {
      const node = String(alarm.alarm_name).slice(-1);
      const { CacheClusterId: id } = alarm.dimensions as Record<string, string>;
      expect(id).toMatch(
        /^\$\{element\(sort\(tolist\(aws_elasticache_replication_group\.\S+\.member_clusters\)\), \d\)\}$/,
      );
      expect(id?.endsWith(`, ${node})}`)).toBe(true);
      expect(alarm).toMatchObject({ namespace: "AWS/ElastiCache", alarm_actions: [TOPIC] });
    }
  });

  it("ring when one core is busy for ten minutes, which is half of a small node", () => {
    const forTenMinutes = { statistic: "Average", period: 60, evaluation_periods: 10 };
    expect(of("cpu-0")).toMatchObject({ metric_name: "CPUUtilization", threshold: 45, ...forTenMinutes });
    expect(of("cpu-0", { nodeType: "cache.r7g.xlarge" })).toMatchObject({
      metric_name: "EngineCPUUtilization",
      threshold: 90,
      ...forTenMinutes,
    });
  });

  it("ring when a cache that may throw away anything keeps doing so", () => {
    expect(of("evictions-1")).toMatchObject({
      metric_name: "Evictions",
      statistic: "Sum",
      threshold: 100,
      period: 60,
      evaluation_periods: 15,
    });
    expect(of("memory-1")).toBeUndefined();
  });

  it.each<EvictionPolicy>(["noeviction", "volatile-lru"])("ring when one with %s is nearly full", (evictionPolicy) => {
    expect(of("memory-1", { evictionPolicy })).toMatchObject({
      metric_name: "DatabaseMemoryUsagePercentage",
      statistic: "Average",
      threshold: 90,
      evaluation_periods: 5,
    });
    expect(of("evictions-1", { evictionPolicy })).toBeUndefined();
  });

  it("ring when machines show a wrong password, because they go on without the cache and nobody would know", () => {
    expect(of("refused-passwords-0")).toMatchObject({
      metric_name: "AuthenticationFailures",
      statistic: "Sum",
      threshold: 10,
      period: 300,
      evaluation_periods: 1,
    });
  });
});
