import { DbInstance } from "@cdktf/provider-aws/lib/db-instance";
import { DbParameterGroup } from "@cdktf/provider-aws/lib/db-parameter-group";
import { DbSubnetGroup } from "@cdktf/provider-aws/lib/db-subnet-group";
import { Fn, TerraformLocal, Token } from "cdktf";
import { Construct } from "constructs";
import type { Alarm, AlarmTarget } from "./alarms";
import { databaseAlarms } from "./database-alarms";
import { connectionsOf, supportsInsights } from "./database-class";
import { DATABASE_ENGINES, type DatabaseEngine, type DatabaseEngineName } from "./database-engine";
import { isIdentifier, isInstanceClass, nameRule, storageRules } from "./database-rules";
import { LogGroup } from "./log-group";
import { grant, type Grantee } from "./role";
import { SecurityGroup } from "./security-group";
import { Stack, nameOf } from "./stack";
import { isIntegerBetween, rule, validate } from "./validation";
import type { IVpc } from "./vpc";

export interface DatabaseProps {
  /** It stands in its private subnets, which have to be in two zones at least. */
  readonly vpc: IVpc;
  /** Who hears when storage, processor or connections run out. */
  readonly alarms: AlarmTarget;
  readonly engine: DatabaseEngineName;
  /**
   * Major version: RDS goes to newer minor ones by itself, within the maintenance window. Default: `8.4` for MySQL, `17` for
   * PostgreSQL.
   */
  readonly version?: string;
  /** Name of the database that is made in it. */
  readonly name: string;
  /** Default: `db.t4g.medium`, the smallest on which Database Insights knows both engines. */
  readonly instanceClass?: string;
  /**
   * GiB at first, and to which RDS may enlarge it while it runs: at least a tenth more, a quarter more to be of use
   * (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html). Never less again. Default: 20 to 100.
   */
  readonly storage?: { readonly initial: number; readonly max: number };
  /** Whether a standby in a second zone has every write, and takes over within one to two minutes. Default: true. */
  readonly multiAz?: boolean;
  /** Days for which any moment can be restored, 0 to 35; 0 is for data that nobody needs to keep. Default: 7. */
  readonly backupDays?: number;
  /**
   * Hour of the day in UTC, 0 to 21, in which few work with it: backups begin in its first half and, on Sundays, maintenance
   * in the next. Default: 2.
   */
  readonly quietHour?: number;
  /** More parameters of the engine, taken over when it next restarts. Default: none. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/**
 * An RDS database for MySQL or PostgreSQL: in two zones, encrypted, TLS only, with a master password that RDS makes, keeps in
 * Secrets Manager and changes every seven days. Storage grows by itself. What takes longer than a second is in its log.
 *
 * Where the environment protects data, RDS refuses to delete it, and a last snapshot and its backups stay should it be deleted
 * all the same; changes that interrupt it wait for the maintenance window.
 */
export class Database extends Construct {
  readonly resource: DbInstance;
  readonly subnetGroup: DbSubnetGroup;
  readonly parameterGroup: DbParameterGroup;
  readonly securityGroup: SecurityGroup;
  readonly logGroups: readonly LogGroup[];
  readonly alarms: readonly Alarm[];
  readonly name: string;
  readonly port: number;
  readonly #secretArn: TerraformLocal;

  /** @throws Error for what RDS or the engine does not take */
  constructor(scope: Construct, id: string, props: DatabaseProps) {
    super(scope, id);
    const { vpc, alarms, engine, name, instanceClass = "db.t4g.medium", multiAz = true, backupDays = 7 } = props;
    const { storage = { initial: 20, max: 100 }, quietHour = 2, parameters = {} } = props;
    const identifier = nameOf(this);
    const { protectData } = Stack.of(this).environment;
    const settings: DatabaseEngine = DATABASE_ENGINES[engine];
    const { version = settings.versions[0] } = props;
    const connections = literal(parameters.max_connections) ?? connectionsOf(instanceClass, settings);
    validate(this, [
      rule(
        "id",
        identifier,
        isIdentifier,
        "letters and digits between single hyphens, at most 63 with the stack's name",
      ),
      rule("vpc", zonesOf(vpc), (zones) => zones >= 2, "private subnets in at least two zones"),
      rule("version", version, (text) => settings.versions.includes(text), settings.versions.join(", ")),
      nameRule(name, settings),
      rule("instanceClass", instanceClass, isInstanceClass, "an RDS instance class such as db.t4g.medium"),
      ...storageRules(storage),
      rule(
        "backupDays",
        backupDays,
        isIntegerBetween(protectData ? 1 : 0, 35),
        protectData ? "1 to 35, data is protected here" : "0 to 35",
      ),
      rule("quietHour", quietHour, isIntegerBetween(0, 21), "0 to 21"),
      rule("parameters", parameters[settings.forceTls], () => false, `no ${settings.forceTls}: TLS is always forced`),
      rule(
        "parameters.max_connections",
        connections ?? "nothing",
        (number) => Number(number) > 0 || !isInstanceClass(instanceClass),
        "a number; needed for classes other than t, m and r, whose memory is not known here",
      ),
    ]);
    this.name = name;
    this.port = settings.port;
    const tags = { Name: identifier };

    this.securityGroup = new SecurityGroup(this, "security-group", { vpc, description: `Database ${identifier}` });
    this.subnetGroup = new DbSubnetGroup(this, "subnet-group", {
      name: identifier,
      subnetIds: vpc.privateSubnetIds,
      tags,
    });
    const all = { ...settings.parameters, ...parameters, [settings.forceTls]: "1" };
    this.parameterGroup = new DbParameterGroup(this, "parameter-group", {
      namePrefix: `${identifier}-`,
      family: `${engine}${version}`,
      // RDS takes this method for every parameter, and reports no other for one that has its default anyway.
      parameter: Object.entries(all).map(([key, value]) => ({ name: key, value, applyMethod: "pending-reboot" })),
      tags,
      lifecycle: { createBeforeDestroy: true },
    });
    // RDS makes those that are missing, and keeps them for ever.
    this.logGroups = settings.logs.map(
      (log) => new LogGroup(this, log, { name: `/aws/rds/instance/${identifier}/${log}` }),
    );
    const insights = supportsInsights(instanceClass, engine);
    this.resource = new DbInstance(this, "instance", {
      identifier,
      engine,
      engineVersion: version,
      autoMinorVersionUpgrade: true,
      instanceClass,
      multiAz,
      dbName: name,
      port: settings.port,
      username: settings.user,
      manageMasterUserPassword: true,
      dbSubnetGroupName: this.subnetGroup.name,
      vpcSecurityGroupIds: [this.securityGroup.resource.id],
      publiclyAccessible: false,
      parameterGroupName: this.parameterGroup.name,
      storageType: "gp3",
      storageEncrypted: true,
      allocatedStorage: storage.initial,
      maxAllocatedStorage: storage.max,
      backupRetentionPeriod: backupDays,
      ...windowsAt(quietHour),
      copyTagsToSnapshot: true,
      applyImmediately: !protectData,
      deletionProtection: protectData,
      deleteAutomatedBackups: !protectData,
      skipFinalSnapshot: !protectData,
      // Named after the moment it was made at, so that the next one of this name does not meet this one's snapshot.
      finalSnapshotIdentifier: `${identifier}-\${formatdate("YYYYMMDDhhmmss", timestamp())}`,
      performanceInsightsEnabled: insights,
      performanceInsightsRetentionPeriod: insights ? 7 : undefined,
      enabledCloudwatchLogsExports: [...settings.logs],
      tags,
      dependsOn: this.logGroups.map(({ resource }) => resource),
      lifecycle: { ignoreChanges: ["final_snapshot_identifier"] },
    });
    // Of no secret once RDS does not manage the password any more: the stack can still be planned and destroyed.
    const { secretArn } = this.resource.masterUserSecret.get(0);
    this.#secretArn = new TerraformLocal(
      this,
      "secret-arn",
      Fn.try([secretArn, Stack.of(this).arn("secretsmanager", "secret:none")]),
    );
    this.alarms = databaseAlarms(this, {
      notify: alarms,
      instance: identifier,
      identifier: this.resource.identifier,
      engine,
      storage: storage.initial,
      connections: Number(connections),
    });
  }

  /** Name of the machine that answers; it stays the same when the standby takes over. */
  get host(): string {
    return this.resource.address;
  }

  /** ARN of the secret with the master user's `username` and `password`, as JSON. */
  get secretArn(): string {
    return this.#secretArn.asString;
  }

  /** Lets machines connect. */
  allowFrom(machines: { readonly securityGroup: SecurityGroup }): void {
    this.securityGroup.allowFrom(machines.securityGroup, this.port);
  }

  /**
   * Allows to read the master user's password. RDS changes it every seven days: who keeps it has to read it again when it is
   * refused.
   */
  grantSecret(grantee: Grantee): void {
    grant(this, grantee, "secretsmanager", ["secretsmanager:GetSecretValue"], [this.secretArn]);
  }
}

/** What is known now, and not to Terraform alone. */
function literal(value: string | undefined): string | undefined {
  return Token.isUnresolved(value) ? undefined : value;
}

/** How many zones a VPC has private subnets in; undefined when only Terraform knows. */
function zonesOf({ privateSubnetIds }: IVpc): number | undefined {
  return Token.isUnresolved(privateSubnetIds) ? undefined : privateSubnetIds.length;
}

/** Half an hour in which the backup begins, and the hour of maintenance: they must not overlap. */
function windowsAt(hour: number): { readonly backupWindow: string; readonly maintenanceWindow: string } {
  const at = (time: number, minutes = "00") => `${String(time).padStart(2, "0")}:${minutes}`;
  return {
    backupWindow: `${at(hour)}-${at(hour, "30")}`,
    maintenanceWindow: `sun:${at(hour + 1)}-sun:${at(hour + 2)}`,
  };
}
