import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { CacheUser, type CacheUserProps } from "../../modules/cache-user";
import { synthesize, type Synthesized } from "../support/synthesized";

const userWith = (props: Partial<CacheUserProps> = {}) =>
  synthesize(
    (scope) => new CacheUser(scope, "user", { name: "example-test-cache", engine: "valkey", version: 1, ...props }),
  );
const usersOf = (stack: Synthesized) => ({
  own: stack.one("aws_elasticache_user", "user_v"),
  off: stack.one("aws_elasticache_user", "user_default"),
});

const stack = userWith();
const { own, off } = usersOf(stack);
const [random = ""] = own.passwords as string[];

describe("The users of a cache", () => {
  it.each(["valkey", "redis"] as const)(
    "of %s are one of its own and one called default, who is turned off",
    (engine) => {
      const of = userWith({ engine });
      const users = usersOf(of);
      expect(users.own).toMatchObject({ engine, user_id: "example-test-cache-v1", user_name: "app-v1" });
      expect(users.off).toMatchObject({
        engine,
        user_id: "example-test-cache-off",
        user_name: "default",
        access_string: "off ~* -@all",
      });
      expect(of.one("aws_elasticache_user_group")).toMatchObject({
        engine,
        user_group_id: "example-test-cache",
        user_ids: [
          expect.stringMatching(/\.user_default_\w+\.user_id\}$/),
          expect.stringMatching(/\.user_v1_\w+\.user_id\}$/),
        ],
      });
    },
  );

  it("have passwords that are made when they are, and never again", () => {
    for (const user of [own, off]) {
      expect(user.passwords).toEqual(['${replace(join("", [uuid(), uuid()]), "-", "")}']);
      expect(user.lifecycle).toMatchObject({ ignore_changes: ["passwords"] });
    }
  });

  it("can have another password by another user, who is there before the old one goes", () => {
    const next = userWith({ version: 2 });
    expect(usersOf(next).own).toMatchObject({
      user_id: "example-test-cache-v2",
      user_name: "app-v2",
      lifecycle: { create_before_destroy: true },
    });
    // Under the old one's address Terraform would keep the password, whose changes it ignores.
    expect(next.all("aws_elasticache_user", "user_v1")).toEqual([]);
    expect(next.one("aws_secretsmanager_secret")).toMatchObject({
      name_prefix: "example-test-cache-v2-",
      lifecycle: { create_before_destroy: true },
    });
  });
});

describe("The secret of a cache", () => {
  it("has the password as it is, without being read for it in a plan", () => {
    const version = stack.one("aws_secretsmanager_secret_version");
    expect(version).toMatchObject({
      secret_string_wo: expect.stringMatching(/^\$\{one\(aws_elasticache_user\.user_v1_\w+\.passwords\)\}$/),
      secret_string_wo_version: 1,
    });
    expect(version.secret_string).toBeUndefined();
    expect(stack.json.terraform).toMatchObject({
      required_version: ">= 1.11",
      required_providers: { aws: { version: "~> 6.25" } },
    });
  });

  it("is forgotten at once when the cache is destroyed, so that the stack can be made again", () => {
    expect(stack.one("aws_secretsmanager_secret").recovery_window_in_days).toBe(0);
  });
});

const hasTerraform = spawnSync("terraform", ["version"]).status === 0;
if (!hasTerraform)
  console.log(
    "terraform is not installed, what it makes of the password's expression is not checked; https://developer.hashicorp.com/terraform/install",
  );

(hasTerraform ? it : it.skip)("The password of a cache is 64 hexadecimal digits, and another one each time", () => {
  const expression = random.slice(2, -1);
  const { stdout } = spawnSync("terraform", ["console"], {
    cwd: tmpdir(),
    input: `join(" ", [${expression}, ${expression}])\n`,
    encoding: "utf8",
    env: { PATH: process.env.PATH, CHECKPOINT_DISABLE: "1" },
  });
  const [, first, second] = /^"([0-9a-f]{64}) ([0-9a-f]{64})"\n$/.exec(stdout) ?? [];
  expect(first).toBeDefined();
  expect(second).not.toBe(first);
});

const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;
if (!hasRedis)
  console.log(
    "redis-server is not installed, what the cache's user may do is not tried; Debian: apt-get install redis",
  );

(hasRedis ? describe : describe.skip)("The user of a cache, on a real server", () => {
  let folder: string;
  let server: ChildProcess;
  const ask = (...command: string[]): string =>
    spawnSync("redis-cli", ["-s", join(folder, "socket"), ...command], { encoding: "utf8" }).stdout.trim();
  const rulesOf = (user: Record<string, unknown>) => String(user.access_string).split(" ");

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "cache-user-"));
    server = spawn("redis-server", [
      "--port",
      "0",
      "--unixsocket",
      join(folder, "socket"),
      "--dir",
      folder,
      "--save",
      "",
    ]);
    if (server.stdout === null) throw new Error("redis-server has no output");
    for await (const line of createInterface({ input: server.stdout })) if (/ready to accept/i.test(line)) break;
    expect(ask("ACL", "SETUSER", "own", ...rulesOf(own), ">password")).toBe("OK");
    expect(ask("ACL", "SETUSER", "off", ...rulesOf(off), ">password")).toBe("OK");
  });

  afterAll(() => {
    server.kill();
    rmSync(folder, { recursive: true });
  });

  it.each([
    ["GET", "key"],
    ["MGET", "key", "other"],
    ["SET", "key", "value", "EX", "60", "NX"],
    ["INCRBY", "key", "1"],
    ["DEL", "key"],
    ["HSET", "key", "field", "value"],
    ["SELECT", "0"],
    ["PING"],
    ["MULTI"],
  ])("may %s", (...command) => {
    expect(ask("ACL", "DRYRUN", "own", ...command)).toBe("OK");
  });

  it.each([
    ["FLUSHALL"],
    ["FLUSHDB"],
    ["KEYS", "*"],
    ["CONFIG", "GET", "*"],
    ["ACL", "LIST"],
    ["CLIENT", "LIST"],
    ["MONITOR"],
    ["SHUTDOWN"],
    ["REPLICAOF", "host", "1"],
    ["EVAL", "return 0", "0"],
  ])("may not %s", (...command) => {
    expect(ask("ACL", "DRYRUN", "own", ...command)).toContain("has no permissions");
  });

  it("is let in by the password, and the one who is turned off is not", () => {
    expect(ask("AUTH", "own", "password")).toBe("OK");
    expect(ask("AUTH", "off", "password")).toMatch(/^WRONGPASS/);
  });
});
