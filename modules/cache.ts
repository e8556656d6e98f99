import { ElasticacheParameterGroup } from "@cdktf/provider-aws/lib/elasticache-parameter-group";
import { ElasticacheReplicationGroup } from "@cdktf/provider-aws/lib/elasticache-replication-group";
import { ElasticacheSubnetGroup } from "@cdktf/provider-aws/lib/elasticache-subnet-group";
import { Token } from "cdktf";
import { Construct } from "constructs";
import type { Alarm, AlarmTarget } from "./alarms";
import { cacheAlarms } from "./cache-alarms";
import { CACHE_ENGINES, EVICTION_POLICIES, familyOf, type CacheEngine, type EvictionPolicy } from "./cache-engine";
import { CacheUser } from "./cache-user";
import type { Machines } from "./machines";
import { grant, type Grantee } from "./role";
import { keepSecret } from "./secret-file";
import { SecurityGroup } from "./security-group";
import { Stack, nameOf } from "./stack";
import { isIntegerBetween, rule, validate } from "./validation";
import type { IVpc } from "./vpc";

const PORT = 6379;
/** UTC, an hour each and apart, as AWS asks for. */
const SNAPSHOT_WINDOW = "03:00-04:00";
const MAINTENANCE_WINDOW = "sun:04:30-sun:05:30";
/** ElastiCache's ids have 40 characters at most; the users' ids are the name and up to four more. */
const MAX_NAME = 36;

export interface CacheProps {
  /** Its nodes stand in the private subnets. */
  readonly vpc: IVpc;
  /** Who hears that nodes are busy, too small, or refuse passwords. */
  readonly alarms: AlarmTarget;
  /**
   * To be chosen once: users of Valkey are for Valkey alone, and Terraform would change them before the cache that they belong
   * to (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html). Default: `valkey`.
   */
  readonly engine?: CacheEngine;
  /**
   * Major and minor version. Raising it upgrades in place, lowering it replaces the cache. Default: `8.2` of Valkey, `7.1` of
   * Redis OSS.
   */
  readonly version?: string;
  /**
   * Default: `cache.t4g.micro`, the smallest there is, with half a GiB
   * (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html).
   */
  readonly nodeType?: string;
  /**
   * The primary and its replicas, spread over the zones, 1 to 6. With one node nothing takes over when it fails. Default: 2.
   */
  readonly nodes?: number;
  /**
   * What a full cache throws away. Default: `allkeys-lru`, what was used longest ago. The engine's own default, `volatile-lru`,
   * refuses writes when nothing has a time to live.
   */
  readonly evictionPolicy?: EvictionPolicy;
  /**
   * Days for which each daily snapshot is kept, 0 to 35; they go with the cache. Default: 1 where the environment protects
   * data, else 0, which is none.
   */
  readonly snapshotDays?: number;
  /** To be raised, up to 99, for a new user with a new password: machines are then replaced, and get it. Default: 1. */
  readonly passwordVersion?: number;
}

/**
 * A cache of Valkey or Redis OSS (ElastiCache, cluster mode off): nodes over zones of which a replica takes over by itself,
 * encrypted at rest, TLS only, one user with a password.
 *
 * What it holds can be lost, so it is not protected from deletion and leaves no final snapshot, whatever the environment says:
 * what has to stay belongs in a database. Changes are made at once and not in the next maintenance window, most of them without
 * an interruption. AWS does not raise the minor version by itself: Terraform would take that for one to be lowered, and replace
 * the cache.
 *
 * Its stack needs Terraform 1.11, as one with a `Secret` does.
 */
export class Cache extends Construct {
  readonly resource: ElasticacheReplicationGroup;
  readonly subnetGroup: ElasticacheSubnetGroup;
  readonly parameterGroup: ElasticacheParameterGroup;
  readonly user: CacheUser;
  readonly securityGroup: SecurityGroup;
  readonly alarms: readonly Alarm[];
  /** Port of `host` and `readerHost`. */
  readonly port = PORT;

  /** @throws Error for props or a name that ElastiCache does not take */
  constructor(scope: Construct, id: string, props: CacheProps) {
    super(scope, id);
    const { vpc, engine = "valkey", nodeType = "cache.t4g.micro", nodes = 2, evictionPolicy = "allkeys-lru" } = props;
    const { version = CACHE_ENGINES[engine].version, passwordVersion = 1 } = props;
    const { snapshotDays = Stack.of(this).environment.protectData ? 1 : 0 } = props;
    const name = nameOf(this);
    const oneZone = !Token.isUnresolved(vpc.privateSubnetIds) && vpc.privateSubnetIds.length === 1;
    validate(this, [
      rule(
        "id",
        name,
        (text) => /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(text) && text.length <= MAX_NAME,
        `with stack and environment at most ${MAX_NAME} lower-case letters, digits and single hyphens`,
      ),
      rule("version", version, (text) => CACHE_ENGINES[engine].pattern.test(text), CACHE_ENGINES[engine].allowed),
      rule(
        "nodeType",
        nodeType,
        (type) => /^cache\.[a-z0-9]+\.[a-z0-9]+$/.test(type),
        "a node type such as cache.t4g.micro",
      ),
      rule("nodes", nodes, isIntegerBetween(1, 6), "1 to 6"),
      rule("nodes", nodes, (n) => n === 1 || !oneZone, "1 in a VPC of one zone"),
      rule(
        "evictionPolicy",
        evictionPolicy,
        (policy) => EVICTION_POLICIES.includes(policy),
        EVICTION_POLICIES.join(", "),
      ),
      rule("snapshotDays", snapshotDays, isIntegerBetween(0, 35), "0 to 35"),
      rule("passwordVersion", passwordVersion, isIntegerBetween(1, 99), "1 to 99"),
    ]);

    this.user = new CacheUser(this, "user", { name, engine, version: passwordVersion });
    this.securityGroup = new SecurityGroup(this, "security-group", { vpc, description: `Nodes of ${name}` });
    this.subnetGroup = new ElasticacheSubnetGroup(this, "subnet-group", {
      name,
      description: `Private subnets of ${name}`,
      subnetIds: vpc.privateSubnetIds,
    });
    // Another major version needs another group, while the cache still uses this one.
    const family = familyOf(engine, version);
    this.parameterGroup = new ElasticacheParameterGroup(this, "parameter-group", {
      name: `${name}-${family}`,
      description: `Parameters of ${name}`,
      family,
      parameter: [{ name: "maxmemory-policy", value: evictionPolicy }],
      lifecycle: { createBeforeDestroy: true },
    });
    const failover = nodes > 1;
    this.resource = new ElasticacheReplicationGroup(this, "replication-group", {
      replicationGroupId: name,
      description: name,
      engine,
      engineVersion: version,
      nodeType,
      port: PORT,
      numCacheClusters: nodes,
      automaticFailoverEnabled: failover,
      multiAzEnabled: failover,
      subnetGroupName: this.subnetGroup.name,
      securityGroupIds: [this.securityGroup.resource.id],
      parameterGroupName: this.parameterGroup.name,
      atRestEncryptionEnabled: "true",
      transitEncryptionEnabled: true,
      transitEncryptionMode: "required",
      userGroupIds: [this.user.group.userGroupId],
      snapshotRetentionLimit: snapshotDays,
      snapshotWindow: SNAPSHOT_WINDOW,
      maintenanceWindow: MAINTENANCE_WINDOW,
      autoMinorVersionUpgrade: "false",
      applyImmediately: true,
      tags: { Name: name },
    });
    this.alarms = cacheAlarms(this, { notify: props.alarms, cache: this.resource, nodes, nodeType, evictionPolicy });
  }

  /** Where to read and write: the primary, whichever node that is. */
  get host(): string {
    return this.resource.primaryEndpointAddress;
  }

  /** Where to read only: the replicas, which lag behind by moments. */
  get readerHost(): string {
    return this.resource.readerEndpointAddress;
  }

  /** Whom to log in as. */
  get userName(): string {
    return this.user.userName;
  }

  /** Of the secret in Secrets Manager, whose value is the password as it is. */
  get secretArn(): string {
    return this.user.secret.arn;
  }

  /** Lets machines connect. */
  allowFrom(machines: Machines): void {
    this.securityGroup.allowFrom(machines.securityGroup, PORT);
  }

  /** Allows to read the password. */
  grantSecret(grantee: Grantee): void {
    grant(this, grantee, "secretsmanager", ["secretsmanager:GetSecretValue"], [this.secretArn]);
  }

  /**
   * Has machines read the password at their first boot, with their own role, into `/etc/steadfast/secrets/<id>-password`, where
   * the id is the cache's.
   */
  giveTo(machines: Machines): void {
    keepSecret(machines, {
      secret: this,
      arn: this.secretArn,
      file: `${this.node.id}-password`,
      version: this.user.secretVersion,
    });
  }
}
