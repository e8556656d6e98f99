import { describe, expect, it } from "@jest/globals";
import { Database, type DatabaseProps } from "../../modules/database";
import { Vpc } from "../../modules/vpc";
import { fleet } from "../support/fleet";
import { synthesize, type Synthesized } from "../support/synthesized";

const databaseWith = (props: Partial<DatabaseProps> = {}, protectData = false, zones = 2) =>
  synthesize(
    (scope) => {
      const vpc = new Vpc(scope, "vpc", { egress: "none", zones });
      new Database(scope, "database", { vpc, alarms: "nobody", engine: "mysql", name: "app", ...props });
    },
    { protectData, logRetentionDays: 90 },
  );

const parametersOf = (stack: Synthesized): Record<string, string> =>
  Object.fromEntries(
    (stack.one("aws_db_parameter_group").parameter as { name: string; value: string }[]).map(({ name, value }) => [
      name,
      value,
    ]),
  );

const mysql = databaseWith();
const postgres = databaseWith({ engine: "postgres" });

describe("Database", () => {
  const instance = mysql.one("aws_db_instance");

  it("is MySQL 8.4 in two zones, with a database of the given name, and takes newer minor versions by itself", () => {
    expect(instance).toMatchObject({
      identifier: "example-test-database",
      engine: "mysql",
      engine_version: "8.4",
      auto_minor_version_upgrade: true,
      instance_class: "db.t4g.medium",
      multi_az: true,
      db_name: "app",
      port: 3306,
    });
  });

  it("is PostgreSQL 17 when that is asked for", () => {
    expect(postgres.one("aws_db_instance")).toMatchObject({ engine: "postgres", engine_version: "17", port: 5432 });
    expect(postgres.one("aws_db_parameter_group").family).toBe("postgres17");
  });

  it("has the version that is asked for, with the parameters of that version", () => {
    const newer = databaseWith({ version: "9.7" });
    expect(newer.one("aws_db_instance").engine_version).toBe("9.7");
    expect(newer.one("aws_db_parameter_group").family).toBe("mysql9.7");
  });

  it("has a password that RDS makes, and that stands nowhere else", () => {
    expect(instance).toMatchObject({ username: "admin", manage_master_user_password: true });
    expect(postgres.one("aws_db_instance").username).toBe("postgres");
    expect(Object.keys(instance).filter((key) => key.startsWith("password"))).toEqual([]);
  });

  it("has encrypted gp3 storage of 20 GiB that grows to 100 by itself", () => {
    expect(instance).toMatchObject({
      storage_type: "gp3",
      storage_encrypted: true,
      allocated_storage: 20,
      max_allocated_storage: 100,
    });
  });

  it("can be reached only from within the VPC, and there by nobody at first", () => {
    expect(instance).toMatchObject({
      publicly_accessible: false,
      vpc_security_group_ids: [expect.stringMatching(/database_security-group/)],
    });
    expect(mysql.one("aws_db_subnet_group").subnet_ids).toEqual([
      expect.stringMatching(/vpc_private-0/),
      expect.stringMatching(/vpc_private-1/),
    ]);
    expect(mysql.all("aws_vpc_security_group_ingress_rule")).toEqual([]);
  });

  it("refuses connections without TLS, and logs what takes longer than a second", () => {
    expect(parametersOf(mysql)).toEqual({
      require_secure_transport: "1",
      slow_query_log: "1",
      long_query_time: "1",
      log_output: "FILE",
    });
    expect(parametersOf(postgres)).toEqual({ "rds.force_ssl": "1", log_min_duration_statement: "1000" });
  });

  it("takes more parameters, in the way that is right for every one of them", () => {
    const stack = databaseWith({ parameters: { innodb_flush_log_at_trx_commit: "1", long_query_time: "5" } });
    expect(parametersOf(stack)).toMatchObject({ innodb_flush_log_at_trx_commit: "1", long_query_time: "5" });
    const methods = (stack.one("aws_db_parameter_group").parameter as { apply_method: string }[]).map(
      ({ apply_method }) => apply_method,
    );
    expect(new Set(methods)).toEqual(new Set(["pending-reboot"]));
  });

  it("gets new parameters before the old ones go", () => {
    expect(mysql.one("aws_db_parameter_group")).toMatchObject({
      name_prefix: "example-test-database-",
      lifecycle: { create_before_destroy: true },
    });
  });

  it("exports its logs into groups that are there before it, and are kept for the environment's retention", () => {
    for (const [stack, logs] of [
      [mysql, ["error", "slowquery"]],
      [postgres, ["postgresql", "upgrade"]],
    ] as const) {
      const database = stack.one("aws_db_instance");
      expect(database.enabled_cloudwatch_logs_exports).toEqual(logs);
      expect(stack.all("aws_cloudwatch_log_group")).toMatchObject(
        logs.map((log) => ({ name: `/aws/rds/instance/example-test-database/${log}`, retention_in_days: 90 })),
      );
      expect(database.depends_on).toEqual(stack.addresses(["aws_cloudwatch_log_group"]));
    }
  });

  it("can be restored to any moment of seven days", () => {
    expect(instance).toMatchObject({ backup_retention_period: 7, copy_tags_to_snapshot: true });
  });

  it.each([
    [2, "02:00-02:30", "sun:03:00-sun:04:00"],
    [9, "09:00-09:30", "sun:10:00-sun:11:00"],
    [21, "21:00-21:30", "sun:22:00-sun:23:00"],
  ])("whose quiet hour is %i: is backed up at %s, and maintained at %s", (quietHour, backup, maintenance) => {
    expect(databaseWith({ quietHour }).one("aws_db_instance")).toMatchObject({
      backup_window: backup,
      maintenance_window: maintenance,
    });
  });

  it("is a single one, or larger, when that is asked for", () => {
    expect(
      databaseWith({ multiAz: false, instanceClass: "db.r8g.2xlarge", storage: { initial: 400, max: 1000 } }).one(
        "aws_db_instance",
      ),
    ).toMatchObject({
      multi_az: false,
      instance_class: "db.r8g.2xlarge",
      allocated_storage: 400,
      max_allocated_storage: 1000,
    });
  });
});

describe("What Database Insights records of a Database", () => {
  const insightsOf = (props: Partial<DatabaseProps>) =>
    databaseWith(props).one("aws_db_instance").performance_insights_enabled;

  it("is kept for seven days, which costs nothing", () => {
    expect(mysql.one("aws_db_instance")).toMatchObject({
      performance_insights_enabled: true,
      performance_insights_retention_period: 7,
    });
  });

  it.each(["db.t3.micro", "db.t3.small", "db.t4g.micro", "db.t4g.small"])(
    "is nothing for MySQL on a %s, of which RDS would refuse it",
    (instanceClass) => {
      const small = databaseWith({ instanceClass }).one("aws_db_instance");
      expect(small.performance_insights_enabled).toBe(false);
      expect(small.performance_insights_retention_period).toBeUndefined();
    },
  );

  it("is there for PostgreSQL on the smallest class, and for MySQL on any other", () => {
    expect(insightsOf({ engine: "postgres", instanceClass: "db.t4g.micro" })).toBe(true);
    expect(insightsOf({ instanceClass: "db.t3.medium" })).toBe(true);
    expect(insightsOf({ instanceClass: "db.m8g.large" })).toBe(true);
  });
});

describe("A Database where the environment", () => {
  const finalSnapshot = 'example-test-database-${formatdate("YYYYMMDDhhmmss", timestamp())}';

  it("protects data: cannot be deleted, and leaves a snapshot and its backups should it be deleted all the same", () => {
    expect(databaseWith({}, true).one("aws_db_instance")).toMatchObject({
      deletion_protection: true,
      skip_final_snapshot: false,
      final_snapshot_identifier: finalSnapshot,
      delete_automated_backups: false,
    });
  });

  it("protects data: is changed in its maintenance window", () => {
    expect(databaseWith({}, true).one("aws_db_instance").apply_immediately).toBe(false);
    expect(mysql.one("aws_db_instance").apply_immediately).toBe(true);
  });

  it("does not protect data: can be deleted, and leaves nothing", () => {
    expect(mysql.one("aws_db_instance")).toMatchObject({
      deletion_protection: false,
      skip_final_snapshot: true,
      delete_automated_backups: true,
    });
  });

  it("comes to protect data later: has the name of its snapshot already, of the moment when it was made", () => {
    expect(mysql.one("aws_db_instance")).toMatchObject({
      final_snapshot_identifier: finalSnapshot,
      lifecycle: { ignore_changes: ["final_snapshot_identifier"] },
    });
  });
});

describe("A fleet that uses a Database", () => {
  const used = synthesize((scope) => {
    const machines = fleet(scope);
    const vpc = new Vpc(scope, "data-vpc", { egress: "none" });
    const database = new Database(scope, "database", { vpc, alarms: "nobody", engine: "postgres", name: "app" });
    database.allowFrom(machines);
    database.grantSecret(machines);
    scope.output("host", database.host, "Where it answers");
    scope.output("secret", database.secretArn, "Secret of its master user");
  });

  it("may connect to its port, and nobody else may", () => {
    expect(used.one("aws_vpc_security_group_ingress_rule", "database")).toMatchObject({
      security_group_id: expect.stringMatching(/database_security-group/),
      referenced_security_group_id: expect.stringMatching(/things_security-group/),
      ip_protocol: "tcp",
      from_port: 5432,
      to_port: 5432,
    });
    expect(used.one("aws_vpc_security_group_egress_rule", "things_security-group_to-database")).toMatchObject({
      referenced_security_group_id: expect.stringMatching(/database_security-group/),
      from_port: 5432,
      to_port: 5432,
    });
  });

  it("may read its password, and no other secret", () => {
    const [local = "", ...others] = Object.keys(used.json.locals).filter((name) => name.startsWith("database"));
    expect(others).toEqual([]);
    expect(used.policiesOf("things").database).toEqual([
      { Effect: "Allow", Action: ["secretsmanager:GetSecretValue"], Resource: [`\${local.${local}}`] },
    ]);
    expect(used.json.locals[local]).toMatch(
      /^\$\{try\(aws_db_instance\.database_instance_\w+\.master_user_secret\[0\]\.secret_arn, "arn:.*:secret:none"\)\}$/,
    );
  });

  it("is told its host and its secret", () => {
    expect(used.json.output.host?.value).toMatch(/^\$\{aws_db_instance\.database_instance_\w+\.address\}$/);
    expect(used.json.output.secret?.value).toMatch(/^\$\{local\.database_secret-arn_\w+\}$/);
  });
});
