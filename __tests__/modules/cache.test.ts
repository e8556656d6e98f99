import { describe, expect, it } from "@jest/globals";
import { Cache, type CacheProps } from "../../modules/cache";
import type { EvictionPolicy } from "../../modules/cache-engine";
import { ExistingVpc } from "../../modules/existing-vpc";
import { Vpc } from "../../modules/vpc";
import { bootScriptOf } from "../support/handed-over";
import { fleet } from "../support/fleet";
import { synthesize, type Synthesized } from "../support/synthesized";

const cacheWith = (props: Partial<CacheProps> = {}, protectData = false, zones = 2) =>
  synthesize(
    (scope) => {
      const vpc = new Vpc(scope, "vpc", { egress: "public-ip", zones });
      new Cache(scope, "cache", { vpc, alarms: "nobody", ...props });
    },
    { protectData },
  );
const groupOf = (stack: Synthesized) => stack.one("aws_elasticache_replication_group");

const used = synthesize((scope) => {
  const vpc = new Vpc(scope, "data-vpc", { egress: "public-ip" });
  const cache = new Cache(scope, "cache", { vpc, alarms: "nobody" });
  const things = fleet(scope);
  cache.allowFrom(things);
  cache.giveTo(things);
  const { host, readerHost, port, userName } = cache;
  scope.output("where", [host, readerHost, String(port), userName].join(" "), "where and as whom it is used");
});

describe("Cache", () => {
  const stack = cacheWith();
  const group = groupOf(stack);

  it("is Valkey on two of the smallest nodes, of which the other one takes over when the first or its zone fails", () => {
    expect(group).toMatchObject({
      replication_group_id: "example-test-cache",
      engine: "valkey",
      engine_version: "8.2",
      node_type: "cache.t4g.micro",
      num_cache_clusters: 2,
      automatic_failover_enabled: true,
      multi_az_enabled: true,
    });
  });

  it("stands in the private subnets of all zones, and lets in nobody at first", () => {
    expect(group.subnet_group_name).toMatch(/^\$\{aws_elasticache_subnet_group\.cache_subnet-group_\w+\.name\}$/);
    expect(stack.one("aws_elasticache_subnet_group").subnet_ids).toEqual([
      expect.stringMatching(/vpc_private-0/),
      expect.stringMatching(/vpc_private-1/),
    ]);
    expect(group.security_group_ids).toEqual([expect.stringMatching(/cache_security-group/)]);
    expect(stack.all("aws_vpc_security_group_ingress_rule")).toEqual([]);
  });

  it("is encrypted where it lies, and speaks TLS with users of its group only", () => {
    expect(group).toMatchObject({
      at_rest_encryption_enabled: "true",
      transit_encryption_enabled: true,
      transit_encryption_mode: "required",
      user_group_ids: [
        expect.stringMatching(/^\$\{aws_elasticache_user_group\.cache_user_group_\w+\.user_group_id\}$/),
      ],
    });
  });

  it("throws away what was used longest ago when it is full, or does what it is told to", () => {
    const policyOf = (of: Synthesized) => of.one("aws_elasticache_parameter_group").parameter;
    expect(policyOf(stack)).toEqual([{ name: "maxmemory-policy", value: "allkeys-lru" }]);
    expect(policyOf(cacheWith({ evictionPolicy: "volatile-ttl" }))).toEqual([
      { name: "maxmemory-policy", value: "volatile-ttl" },
    ]);
  });

  it.each<[Partial<CacheProps>, string, string]>([
    [{}, "8.2", "valkey8"],
    [{ version: "9.1" }, "9.1", "valkey9"],
    [{ engine: "redis" }, "7.1", "redis7"],
  ])(
    "has parameters of its major version %j, under a name that lets the next one's stand beside them",
    (props, ...is) => {
      const of = cacheWith(props);
      const [version, family] = is;
      expect(groupOf(of).engine_version).toBe(version);
      expect(of.one("aws_elasticache_parameter_group")).toMatchObject({
        family,
        name: `example-test-cache-${family}`,
        lifecycle: { create_before_destroy: true },
      });
    },
  );

  it("never gets a minor version by itself, which Terraform would take for a reason to replace it", () => {
    expect(group.auto_minor_version_upgrade).toBe("false");
  });

  it("is changed when a deployment says so, and not some days later", () => {
    expect(group.apply_immediately).toBe(true);
  });

  it("keeps a daily snapshot where the environment protects data, and none elsewhere", () => {
    expect(groupOf(cacheWith({}, true)).snapshot_retention_limit).toBe(1);
    expect(group.snapshot_retention_limit).toBe(0);
    expect(groupOf(cacheWith({ snapshotDays: 35 })).snapshot_retention_limit).toBe(35);
  });

  it("makes snapshots at an hour that has ended when its maintenance begins", () => {
    expect([group.snapshot_window, group.maintenance_window]).toEqual(["03:00-04:00", "sun:04:30-sun:05:30"]);
  });

  it("can be destroyed everywhere, at once and without a snapshot: what it holds can be lost", () => {
    const kept = groupOf(cacheWith({}, true));
    expect([kept.lifecycle, kept.final_snapshot_identifier]).toEqual([undefined, undefined]);
  });

  it("has nothing that takes over when it is one node, as in a VPC of one zone", () => {
    expect(groupOf(cacheWith({ nodes: 1 }, false, 1))).toMatchObject({
      num_cache_clusters: 1,
      automatic_failover_enabled: false,
      multi_az_enabled: false,
    });
  });

  it("stands in a VPC that is there already as well", () => {
    const tags = { Name: "shared" };
    const shared = synthesize((scope) => {
      const vpc = new ExistingVpc(scope, "vpc", {
        tags,
        publicSubnetTags: tags,
        privateSubnetTags: tags,
        egress: "none",
      });
      new Cache(scope, "cache", { vpc, alarms: "nobody" });
    });
    expect(shared.one("aws_elasticache_subnet_group").subnet_ids).toMatch(
      /^\$\{data\.aws_subnets\.vpc_private-\w+\.ids\}$/,
    );
  });

  it("refuses what ElastiCache does not offer, all at once", () => {
    const make = () =>
      cacheWith({
        version: "10.0",
        nodeType: "t4g.micro",
        nodes: 7,
        evictionPolicy: "lru" as EvictionPolicy,
        snapshotDays: 36,
        passwordVersion: 0,
      });
    expect(make).toThrow(
      'example/cache: invalid props\n  version: got "10.0", allowed: 7.2, or a minor version of 8 or 9',
    );
    expect(make).toThrow('nodeType: got "t4g.micro", allowed: a node type such as cache.t4g.micro');
    expect(make).toThrow("nodes: got 7, allowed: 1 to 6");
    expect(make).toThrow('evictionPolicy: got "lru", allowed: allkeys-lru, allkeys-lfu, allkeys-random, volatile-lru');
    expect(make).toThrow("snapshotDays: got 36, allowed: 0 to 35");
    expect(make).toThrow("passwordVersion: got 0, allowed: 1 to 99");
  });

  it("refuses a version of the other engine, and one without a mode of encryption", () => {
    expect(() => cacheWith({ engine: "redis", version: "8.2" })).toThrow('version: got "8.2", allowed: 7.0 or 7.1');
    expect(() => cacheWith({ engine: "redis", version: "6.2" })).toThrow('version: got "6.2", allowed: 7.0 or 7.1');
    expect(() => cacheWith({ version: "7.1" })).toThrow('version: got "7.1", allowed: 7.2, or a minor version');
  });

  it("refuses a second node where there is no second zone", () => {
    expect(() => cacheWith({}, false, 1)).toThrow("nodes: got 2, allowed: 1 in a VPC of one zone");
  });

  it.each(["Cache", "cache-", "a-cache-of-a-name-that-is-too-long"])("refuses the name %s", (id) => {
    const make = () =>
      synthesize((scope) => {
        const vpc = new Vpc(scope, "vpc", { egress: "public-ip" });
        new Cache(scope, id, { vpc, alarms: "nobody" });
      });
    expect(make).toThrow(
      `id: got "example-test-${id}", allowed: with stack and environment at most 36 lower-case letters`,
    );
  });
});

describe("A fleet that uses a cache", () => {
  it("may connect to its port, and nobody else may", () => {
    expect(used.one("aws_vpc_security_group_ingress_rule")).toMatchObject({
      security_group_id: expect.stringMatching(/cache_security-group/),
      referenced_security_group_id: expect.stringMatching(/things_security-group/),
      ip_protocol: "tcp",
      from_port: 6379,
      to_port: 6379,
    });
  });

  it("may read its password, and starts once it is stored", () => {
    expect(used.policiesOf("things").cache).toEqual([
      {
        Effect: "Allow",
        Action: ["secretsmanager:GetSecretValue"],
        Resource: [expect.stringMatching(/^\$\{aws_secretsmanager_secret\.cache_user_secret-v1_\w+\.arn\}$/)],
      },
    ]);
    const [version] = used.addresses(["aws_secretsmanager_secret_version"]);
    expect(used.one("aws_autoscaling_group").depends_on).toContain(version);
  });

  it("keeps the password in a file named after the cache", () => {
    expect(bootScriptOf(used, "things")).toContain("install -m 0600 /dev/stdin /etc/steadfast/secrets/cache-password");
  });

  it("finds the primary under one name, and the replicas under another, whichever nodes they are", () => {
    expect(used.json.output.where?.value).toMatch(
      /^\$\{\S+\.primary_endpoint_address\} \$\{\S+\.reader_endpoint_address\} 6379 app-v1$/,
    );
  });
});

describe("Another role", () => {
  it("may read the password when that is granted to it alone", () => {
    const granted = synthesize((scope) => {
      const vpc = new Vpc(scope, "data-vpc", { egress: "public-ip" });
      new Cache(scope, "cache", { vpc, alarms: "nobody" }).grantSecret(fleet(scope));
    });
    expect(granted.policiesOf("things").cache).toHaveLength(1);
    expect(bootScriptOf(granted, "things")).not.toContain("cache-password");
  });
});
