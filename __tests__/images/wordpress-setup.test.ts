import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { SetupRig } from "./support/wordpress-setup";

const KEYS = ["AUTH_KEY", "SECURE_AUTH_KEY", "LOGGED_IN_KEY", "NONCE_KEY"].flatMap((key) => [
  key,
  key.replace("_KEY", "_SALT"),
]);

let rig: SetupRig;
beforeEach(() => {
  rig = new SetupRig();
});
afterEach(() => rig.remove());

describe("ten machines that boot at once", () => {
  it("install once, all of them go on, and all have the same eight keys", async () => {
    const machines = Array.from({ length: 10 }, (_, i) => `machine-${i}`);
    const setups = machines.map((machine) => rig.start(machine));
    expect(await Promise.all(setups.map(({ ended }) => ended))).toEqual(machines.map(() => 0));
    expect(rig.noted("begun")).toHaveLength(1);
    expect(rig.noted("found")).toHaveLength(9);
    const salts = rig.keysOf("shared/salts.php");
    expect(salts.map((line) => /'(\w+)'/.exec(line)?.[1]).sort()).toEqual([...KEYS].sort());
    expect(new Set(salts.map((line) => line.split(", ")[1])).size).toBe(8);
    for (const machine of machines) expect(rig.keysOf(join(machine, "wp-config.php"))).toEqual(salts);
    // Nothing is left of the keys of those that came too late.
    expect(readdirSync(rig.path("shared")).sort()).toEqual(["install.lock", "salts.php", "uploads"]);
  });
});

describe("a machine that is lost in the middle of the installation", () => {
  it("leaves the lock to the next one, which finishes", async () => {
    await rig.lose(rig.start("first", { MODE: "hang" }));
    expect(await rig.start("second").ended).toBe(0);
    expect(rig.has("database/installed")).toBe(true);
    expect(rig.keysOf("second/wp-config.php")).toEqual(rig.keysOf("first/wp-config.php"));
  });

  it("is waited for, and for no longer than a boot has time", async () => {
    const first = rig.start("first", { MODE: "hang" });
    await rig.begun();
    const second = rig.start("second", { WAIT: "0" });
    expect(await second.ended).toBe(1);
    expect(second.printed()).toContain("another machine has been installing for 0 s, or was lost a moment ago");
    expect(rig.noted("begun")).toHaveLength(1);
    await rig.lose(first);
  });
});

describe("an installation that fails", () => {
  it("is tried again, as when the database refuses a password that was changed a moment ago", async () => {
    expect(await rig.start("machine", { MODE: "refuse-once" }).ended).toBe(0);
    expect(rig.noted("refused")).toHaveLength(1);
    expect(rig.noted("begun")).toHaveLength(1);
  });

  it("is given up when time is up, and leaves the lock", async () => {
    const first = rig.start("first", { MODE: "fail", LIMIT: "0" });
    expect(await first.ended).toBe(1);
    expect(first.printed()).toContain("WordPress could not be installed within 0 s");
    expect(await rig.start("second", { WAIT: "0" }).ended).toBe(0);
  });
});

describe("what WordPress is told", () => {
  it("is what this machine was told, and what all set alike", async () => {
    await rig.start().ended;
    for (const line of [
      "define('WP_HOME', 'https://www.example.com');",
      "define('WP_SITEURL', 'https://www.example.com');",
      "define('DB_HOST', 'db.example:3306');",
      "define('DB_NAME', 'wordpress');",
      "define('STEADFAST_DATABASE_SECRET', '/run/wordpress-database/secret.json');",
      "define('STEADFAST_CACHE_HOST', 'cache.example');",
      "define('STEADFAST_CACHE_USER', 'app');",
      "define('STEADFAST_CACHE_PASSWORD', 'batteryStaple2');",
      `define('STEADFAST_CACHE_CA', '${rig.path("system.pem")}');`,
      "require STEADFAST_CODE . '/settings.php';",
    ]) {
      expect(rig.read("machine/wp-config.php").split("\n")).toContain(line);
    }
  });

  it("has the line that WP-CLI looks for", async () => {
    await rig.start().ended;
    expect(rig.read("machine/wp-config.php")).toMatch(/^require_once ABSPATH \. 'wp-settings\.php';$/m);
  });

  it("is quoted as PHP has it", async () => {
    rig.place("credentials/cache-password", "a'b\\c$d\"e");
    await rig.start().ended;
    expect(rig.read("machine/wp-config.php")).toContain("define('STEADFAST_CACHE_PASSWORD', 'a\\'b\\\\c$d\"e');");
  });

  it.each([
    ["other code", "<?php\nsystem('x');\n"],
    ["a key that ends early", `<?php\n${KEYS.map((key) => `define('${key}', 'x'); evil();`).join("\n")}\n`],
    ["nothing", ""],
  ])("holds nothing of a share whose file of keys has %s", async (_, salts) => {
    rig.place("shared/salts.php", salts);
    const setup = rig.start();
    expect(await setup.ended).toBe(1);
    expect(setup.printed()).toContain("salts.php has no proper AUTH_KEY");
    expect(rig.has("machine/wp-config.php")).toBe(false);
    expect(rig.noted("begun")).toEqual([]);
  });

  it("is written anew at each start, over the old one", async () => {
    await rig.start().ended;
    await rig.start("machine", { SITE_URL: "https://other.example.com" }).ended;
    expect(rig.read("machine/wp-config.php")).toContain("https://other.example.com");
    expect(readdirSync(rig.path("machine")).sort()).toEqual(["certificates.pem", "machine.env", "wp-config.php"]);
  });
});

describe("secrets", () => {
  it("are read by nobody but the service", async () => {
    await rig.start().ended;
    expect(statSync(rig.path("machine/wp-config.php")).mode & 0o777).toBe(0o400);
    expect(statSync(rig.path("shared/salts.php")).mode & 0o077).toBe(0);
  });

  it("are neither printed nor an argument of any program", async () => {
    // Each program that it starts says its arguments, and then does its work.
    for (const program of "awk base64 cat chmod flock grep head ln mkdir mktemp mv rm timeout".split(" ")) {
      const wrapper = `#!/bin/bash\nprintf '%s ' ${program} "$@" >> "${rig.path("calls")}"\nPATH=$OUTER exec ${program} "$@"\n`;
      writeFileSync(rig.path("bin", program), wrapper);
      chmodSync(rig.path("bin", program), 0o755);
    }
    const setup = rig.start("machine", { OUTER: process.env.PATH ?? "", PHP: rig.path("bin/php") });
    expect(await setup.ended).toBe(0);
    expect(rig.noted("arguments")).toEqual([rig.path("code/install.php")]);
    const said = [rig.read("calls"), setup.printed(), ...rig.noted("environment")].join("\n");
    const keys = rig.keysOf("shared/salts.php").map((line) => line.split("'")[3] ?? "");
    expect(keys.every((key) => key.length === 64)).toBe(true);
    for (const secret of ["correctHorse1", "batteryStaple2", ...keys]) expect(said).not.toContain(secret);
  });

  it("that are missing are named, and nothing is installed", async () => {
    rig.place("credentials/cache-password", "\n");
    const setup = rig.start();
    expect(await setup.ended).toBe(1);
    expect(setup.printed()).toBe(
      "the cache has no password: /etc/steadfast/secrets/cache-password is missing or empty\n",
    );
    expect(rig.noted("begun")).toEqual([]);
  });
});

describe("what a machine's memory is made of", () => {
  it.each([
    ["t3.small", 1_953_125, 19, 5],
    ["t3.micro", 950_000, 4, 5],
    ["m7i.xlarge", 16_000_000, 233, 12],
  ])("%s: children of PHP, and processes of Apache around them", async (_, kibibytes, children, processes) => {
    rig.place("meminfo", `MemTotal:  ${kibibytes} kB\n`);
    await rig.start().ended;
    expect(rig.read("machine/machine.env")).toBe(
      `PHP_CHILDREN=${children}\nOPCACHE_MB=128\nHTTPD_PROCESSES=${processes}\nHTTPD_REQUESTS=${processes * 32}\n`,
    );
  });
});

describe("a start", () => {
  it("trusts who vouches for everybody, and RDS", async () => {
    await rig.start().ended;
    expect(rig.read("machine/certificates.pem")).toBe("everybody\nrds\n");
  });

  it("forgives nothing until the health page has seen everything work, and forgets what was said of the cache", async () => {
    mkdirSync(rig.path("machine"));
    for (const file of ["healthy", "cache-lost", "cache-stale"]) writeFileSync(rig.path("machine", file), "");
    await rig.start().ended;
    expect(rig.has("machine/healthy")).toBe(false);
    expect(rig.has("machine/cache-lost")).toBe(false);
    // What could not be taken out of the cache is still in it.
    expect(rig.has("machine/cache-stale")).toBe(true);
  });
});
