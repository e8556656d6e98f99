import { beforeEach, describe, expect, it } from "@jest/globals";
import { type Measurable, Meters } from "../../../../tools/local/cloudwatch/meters";
import type { MetricId } from "../../../../tools/local/cloudwatch/metrics";
import { TrafficCounter } from "../../../../tools/local/load-balancer/traffic";

const metric = (namespace: string, name: string, dimensions: Record<string, string>): MetricId => ({
  namespace,
  name,
  dimensions,
});
const ofQueue = (name: string): MetricId => metric("AWS/SQS", name, { QueueName: "work" });
const ofGroup = (name: string, namespace = "AWS/AutoScaling"): MetricId =>
  metric(namespace, name, { AutoScalingGroupName: "workers" });
const ofBalancer = (name: string): MetricId =>
  metric("AWS/ApplicationELB", name, { LoadBalancer: "app/web", TargetGroup: "targetgroup/web" });

let traffic: TrafficCounter;
let targets: { healthyCount: number; unhealthyCount: number };
let meters: Meters;

beforeEach(() => {
  traffic = new TrafficCounter();
  targets = { healthyCount: 3, unhealthyCount: 1 };
  const world: Measurable = {
    queues: {
      all: () => Promise.resolve(new Map([["work", { visible: 7, inFlight: 2 }]])),
      oldestMs: () => Promise.resolve(2000),
    },
    groups: new Map([
      [
        "workers",
        {
          warmupMs: 100,
          fleet: {
            capacity: { min: 1, max: 6, desired: 4 },
            members: [1, 2, 3],
            allInstances: [1, 2, 3, 4, 5],
            leavingCount: 1,
            warm: (warmupMs) => (warmupMs === 100 ? [{ cpuSeconds: 1, cpuPercent: 80 }] : []),
          },
        },
      ],
    ]),
    balancers: [{ names: ["app/web", "targetgroup/web"], balancer: { traffic, targets } }],
  };
  meters = new Meters(world, 30);
});

const read = async (asked: MetricId): Promise<readonly number[]> => (await meters.read([asked]))[0]?.values ?? [];

describe("the meters", () => {
  it.each([
    [ofQueue("ApproximateNumberOfMessagesVisible"), [7]],
    [ofQueue("ApproximateNumberOfMessagesNotVisible"), [2]],
    [ofGroup("GroupDesiredCapacity"), [4]],
    [ofGroup("GroupTotalInstances"), [5]],
    [ofGroup("GroupInServiceInstances"), [3]],
    [ofGroup("GroupPendingInstances"), [1]],
    [ofGroup("GroupTerminatingInstances"), [1]],
    [ofBalancer("HealthyHostCount"), [3]],
    [ofBalancer("UnHealthyHostCount"), [1]],
    [metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", { QueueName: "other" }), []],
    [ofGroup("CPUUtilization", "AWS/EC2"), [80]],
  ])("read %j: %j", async (asked, values) => {
    expect(await read(asked)).toEqual(values);
  });

  it("let messages grow old as fast as time passes", async () => {
    expect(await read(ofQueue("ApproximateAgeOfOldestMessage"))).toEqual([60]);
  });

  it.each([
    ["RequestCount", [6]],
    ["RequestCountPerTarget", [1.5]],
    ["HTTPCode_Target_2XX_Count", [3]],
    ["HTTPCode_Target_5XX_Count", [2]],
    ["HTTPCode_ELB_5XX_Count", [2]],
    ["TargetResponseTime", [0.1, 0.1, 0.1, 0.4, 0.4]],
  ])("read the %s of a minute, once: %j", async (name, values) => {
    for (let count = 0; count < 3; count += 1) traffic.answered(200, 0.1);
    for (let count = 0; count < 2; count += 1) traffic.answered(503, 0.4);
    traffic.failed(true);
    traffic.failed(false);
    expect(await read(ofBalancer(name))).toEqual(values);
    // A count of zero is not published, except the one that groups are scaled on.
    expect(await read(ofBalancer(name))).toEqual(name === "RequestCountPerTarget" ? [0] : []);
  });

  it("publish nothing of a target group without targets", async () => {
    targets.healthyCount = 0;
    targets.unhealthyCount = 0;
    expect(await read(ofBalancer("UnHealthyHostCount"))).toEqual([]);
    expect(await read(ofBalancer("RequestCountPerTarget"))).toEqual([]);
  });
});
