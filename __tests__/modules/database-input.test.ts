import { describe, expect, it } from "@jest/globals";
import { Token } from "cdktf";
import { Database, type DatabaseProps } from "../../modules/database";
import { Vpc } from "../../modules/vpc";
import { synthesize } from "../support/synthesized";

interface Circumstances {
  readonly id?: string;
  readonly zones?: number;
  readonly protectData?: boolean;
}

const make = (props: Partial<DatabaseProps>, { id = "database", zones = 2, protectData = false }: Circumstances = {}) =>
  synthesize(
    (scope) => {
      const vpc = new Vpc(scope, "vpc", { egress: "none", zones });
      new Database(scope, id, { vpc, alarms: "nobody", engine: "mysql", name: "app", ...props });
    },
    { protectData },
  );

describe("Database refuses", () => {
  it.each<[string, Partial<DatabaseProps>]>([
    ['version: got "8.0", allowed: 8.4, 9.7', { version: "8.0" }],
    ['version: got "8.4.7", allowed: 8.4, 9.7', { version: "8.4.7" }],
    ['version: got "8.4", allowed: 17, 18, 16, 15, 14', { engine: "postgres", version: "8.4" }],
    ['instanceClass: got "t4g.medium", allowed: an RDS instance class such as', { instanceClass: "t4g.medium" }],
    ['instanceClass: got "db.t4g", allowed: an RDS instance class such as', { instanceClass: "db.t4g" }],
    ["storage.initial: got 19, allowed: 20 to 65536 GiB", { storage: { initial: 19, max: 100 } }],
    ["storage.max: got 109, allowed: a tenth more than storage.initial", { storage: { initial: 100, max: 109 } }],
    ["so 110 to 65536 GiB", { storage: { initial: 100, max: 65_537 } }],
    ["storage.max: got 22.5, allowed: a tenth more", { storage: { initial: 20, max: 22.5 } }],
    ["backupDays: got 36, allowed: 0 to 35", { backupDays: 36 }],
    ["backupDays: got -1, allowed: 0 to 35", { backupDays: -1 }],
    ["quietHour: got 22, allowed: 0 to 21", { quietHour: 22 }],
    ["allowed: no require_secure_transport: TLS is always forced", { parameters: { require_secure_transport: "0" } }],
    ["allowed: no rds.force_ssl: TLS is always forced", { engine: "postgres", parameters: { "rds.force_ssl": "0" } }],
    ['parameters.max_connections: got "many", allowed: a number', { parameters: { max_connections: "many" } }],
    ['parameters.max_connections: got "nothing", allowed: a number; needed for', { instanceClass: "db.x2g.large" }],
  ])("%s", (message, props) => {
    expect(() => make(props)).toThrow(message);
  });

  it.each(["1st", "_app", "my-app", "my app", "äpp", "", "a".repeat(65), "select", "Group", "mysql", "qualify"])(
    "the name %j for a database of MySQL",
    (name) => {
      expect(() => make({ name })).toThrow(
        `name: got ${JSON.stringify(name)}, allowed: letters, digits and underscores`,
      );
    },
  );

  it.each(["1st", "my-app", "a".repeat(64), "user", "Table", "postgres", "template1", "rdsadmin"])(
    "the name %j for a database of PostgreSQL",
    (name) => {
      expect(() => make({ engine: "postgres", name })).toThrow(`name: got ${JSON.stringify(name)}, allowed: letters`);
    },
  );

  it("no backups where data is protected", () => {
    expect(() => make({ backupDays: 0 }, { protectData: true })).toThrow(
      "backupDays: got 0, allowed: 1 to 35, data is protected here",
    );
  });

  it("a VPC of one zone, in which RDS makes none", () => {
    expect(() => make({}, { zones: 1 })).toThrow("vpc: got 1, allowed: private subnets in at least two zones");
  });

  it.each(["my_database", "my--database", "database-", "d".repeat(60)])("the id %j, after which it is named", (id) => {
    expect(() => make({}, { id })).toThrow(
      `id: got "example-test-${id}", allowed: letters and digits between single hyphens, at most 63`,
    );
  });

  it("everything that is wrong at once, with its path", () => {
    const all = () => make({ name: "table", version: "5.7", backupDays: 99, instanceClass: "large" });
    expect(all).toThrow("example/database: invalid props\n");
    for (const prop of ["name", "version", "backupDays", "instanceClass"]) expect(all).toThrow(`\n  ${prop}: got `);
  });
});

describe("Database takes", () => {
  it.each<[string, Partial<DatabaseProps>]>([
    ["a name of 64 characters for MySQL", { name: "a".repeat(64) }],
    ["a name that only the other engine reserves", { name: "user" }],
    ["a name with a reserved word in it", { name: "select_2" }],
    ["a tenth more storage", { storage: { initial: 100, max: 110 } }],
    ["no backups where data is not protected", { backupDays: 0 }],
    [
      "a class of another family, when it is told its connections",
      {
        instanceClass: "db.x2g.large",
        parameters: { max_connections: "900" },
      },
    ],
    [
      "what only Terraform knows",
      {
        name: Token.asString({ resolve: () => "app" }),
        parameters: { max_connections: Token.asString({ resolve: () => "100" }) },
      },
    ],
  ])("%s", (_, props) => {
    expect(make(props).all("aws_db_instance")).toHaveLength(1);
  });
});
