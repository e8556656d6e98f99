import { describe, expect, it } from "@jest/globals";
import type { Value } from "../../../tools/local/terraform/value";
import { LOSSES } from "../../../tools/resilience/model";
import { SUBNETS, reportOn, subnetId } from "./support/reports";

type Body = Record<string, Value>;
type Resources = Record<string, Record<string, Body>>;

/** Which losses the only finding about a type survives, and what is lost in a zone. */
function judge(type: string, body: Body, others: Resources = {}) {
  const report = reportOn({ aws_subnet: SUBNETS, [type]: { x: body }, ...others });
  const [finding, ...more] = report.findings;
  if (finding === undefined || more.length > 0) throw new Error(`${report.findings.length} findings`);
  return { survives: LOSSES.filter((loss) => finding.outcomes[loss].survives), ...finding.outcomes };
}

describe("a file system", () => {
  const targets = (...subnets: string[]): Resources => ({
    aws_efs_mount_target: Object.fromEntries(
      subnets.map((name) => [name, { file_system_id: "${aws_efs_file_system.x.id}", subnet_id: subnetId(name) }]),
    ),
  });

  it("survives a zone when another one has a mount target", () => {
    expect(judge("aws_efs_file_system", {}, targets("a", "b")).survives).toEqual(["process", "machine", "zone"]);
  });

  it("does not survive the only zone that has mount targets", () => {
    const { zone } = judge("aws_efs_file_system", {}, targets("a", "a2"));
    expect(zone.loses).toBe("the file system can be reached in one zone only: that of its mount targets");
  });

  it("of the One Zone class does not survive its zone", () => {
    const { zone } = judge("aws_efs_file_system", { availability_zone_name: "eu-west-1a" }, targets("a"));
    expect(zone.loses).toBe("the file system is kept in one zone only (One Zone storage class)");
  });
});

describe("a volume", () => {
  const tags = { "steadfast:snapshots": "home" };
  const policy = (target: Body, state = "ENABLED"): Resources => ({
    aws_dlm_lifecycle_policy: {
      p: { state, policy_details: { target_tags: target, schedule: [{ create_rule: { interval: 6 } }] } },
    },
  });

  it("does not survive its zone, and can be restored by hand from scheduled snapshots", () => {
    const { survives, zone } = judge("aws_ebs_volume", { tags }, policy(tags));
    expect(survives).toEqual(["process", "machine"]);
    expect(zone.loses).toContain("a snapshot of every 6 h can be restored by hand");
  });

  it.each<[string, Resources]>([
    ["for another volume", policy({ "steadfast:snapshots": "other" })],
    ["that is disabled", policy(tags, "DISABLED")],
    ["without target", policy({})],
  ])("is not covered by a policy %s", (_, others) => {
    expect(judge("aws_ebs_volume", { tags }, others).zone.loses).toContain("no policy makes snapshots of it");
  });
});

describe("a database", () => {
  it("with a standby fails over, and loses nothing", () => {
    const { survives, zone } = judge("aws_db_instance", { multi_az: true });
    expect(survives).toEqual(["process", "machine", "zone"]);
    expect([zone.recoveryTime[0]?.seconds, zone.dataLoss.text]).toEqual([120, "none lost"]);
  });

  it("without one is gone with its machine or zone, and says which backups there are", () => {
    const { survives, zone } = judge("aws_db_instance", { backup_retention_period: 7 });
    expect(survives).toEqual(["process"]);
    expect(zone.loses).toBe(
      "the database stands in one zone (multi_az is off); its backups of 7 days can be restored by hand",
    );
    expect(judge("aws_db_instance", {}).zone.loses).toContain("it has no automated backups");
  });
});

describe("a cache", () => {
  const failover = { automatic_failover_enabled: true, multi_az_enabled: true };

  it.each<[string, Body]>([
    ["clusters", { ...failover, num_cache_clusters: 2 }],
    ["replicas of each shard", { ...failover, num_node_groups: 2, replicas_per_node_group: 1 }],
  ])("with %s in several zones fails over, and may lose the last moments", (_, body) => {
    const { survives, machine } = judge("aws_elasticache_replication_group", body);
    expect(survives).toEqual(["process", "machine", "zone"]);
    expect(machine.dataLoss.text).toBe("the last moments");
  });

  it("whose replicas may be in the same zone does not survive a zone", () => {
    const body = { automatic_failover_enabled: true, num_cache_clusters: 2 };
    expect(judge("aws_elasticache_replication_group", body).survives).toEqual(["process", "machine"]);
  });

  it.each<[string, Body]>([
    ["a replica", { ...failover, num_cache_clusters: 1 }],
    ["automatic failover", { num_cache_clusters: 2, multi_az_enabled: true }],
  ])("without %s survives nothing", (_, body) => {
    expect(judge("aws_elasticache_replication_group", body).survives).toEqual([]);
  });
});

describe("the network", () => {
  const single = {
    aws_route: { r: { route_table_id: "${aws_route_table.t.id}", nat_gateway_id: "${aws_nat_gateway.x.id}" } },
    aws_route_table_association: {
      a: { route_table_id: "${aws_route_table.t.id}", subnet_id: subnetId("a") },
      b: { route_table_id: "${aws_route_table.t.id}", subnet_id: subnetId("b") },
    },
  };

  it("does not survive the zone of its only NAT gateway", () => {
    const { survives, zone } = judge("aws_nat_gateway", { subnet_id: subnetId("a") }, single);
    expect(survives).toEqual(["process", "machine"]);
    expect(zone.loses).toBe("subnets of other zones leave through this zone, and are cut off with it");
  });

  it("survives a zone whose NAT gateway serves that zone only", () => {
    const { a } = single.aws_route_table_association;
    const own = { ...single, aws_route_table_association: { a } };
    expect(judge("aws_nat_gateway", { subnet_id: subnetId("a") }, own).survives).toEqual([
      "process",
      "machine",
      "zone",
    ]);
  });

  it("does not survive the only zone of a load balancer", () => {
    expect(judge("aws_lb", { subnets: [subnetId("a")] }).survives).toEqual(["process", "machine"]);
    expect(judge("aws_lb", { subnets: [subnetId("a"), subnetId("b")] }).survives).toEqual([
      "process",
      "machine",
      "zone",
    ]);
  });
});

describe("a type that no rule knows", () => {
  it("is named as not judged, wherever it might hold something", () => {
    const report = reportOn({
      aws_memorydb_cluster: { cache: {} },
      aws_vpc_endpoint: { s3: { vpc_endpoint_type: "Gateway" }, ssm: { vpc_endpoint_type: "Interface" } },
      aws_iam_role: { role: {} },
      aws_s3_bucket_policy: { policy: {} },
      aws_s3_directory_bucket: { one_zone: {} },
    });
    expect(report.notJudged).toEqual([
      "aws_memorydb_cluster.cache",
      "aws_vpc_endpoint.ssm",
      "aws_s3_directory_bucket.one_zone",
    ]);
  });
});
