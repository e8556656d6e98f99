import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { eventually } from "../support/eventually";
import { describeWithWordpress, packages } from "./support/wordpress/programs";
import { Rig } from "./support/wordpress/rig";
import type { Site } from "./support/wordpress/site";

// A busy machine takes its time.
jest.setTimeout(180_000);

/** What is in the database of a site that was installed once. */
async function contents(site: Site): Promise<object> {
  const sql = (query: string) => site.rig.database.sql(query, site.database);
  return {
    people: await sql("SELECT user_login, user_email FROM wp_users"),
    administrators: await sql(
      "SELECT user_id FROM wp_usermeta WHERE meta_key = 'wp_capabilities' AND meta_value LIKE '%\"administrator\"%'",
    ),
    posts: await sql("SELECT post_title FROM wp_posts WHERE post_type = 'post' AND post_status = 'publish'"),
    pages: await sql("SELECT post_title FROM wp_posts WHERE post_type = 'page' AND post_status = 'publish'"),
    categories: await sql("SELECT slug FROM wp_terms"),
  };
}

const INSTALLED_ONCE = {
  people: ["admin\tadmin@example.com"],
  administrators: ["1"],
  posts: ["Hello world!"],
  pages: ["Sample Page"],
  categories: ["uncategorized"],
};

describe("the real WordPress", () => {
  it("is there in CI, whose packages are those that these suites need", () => {
    const script = readFileSync(new URL("../../.ci/install-packages", import.meta.url), "utf8");
    const installed = /^packages=\(([^)]*)\)/m.exec(script)?.[1]?.replace(/#.*/g, "").trim().split(/\s+/) ?? [];
    expect(installed.filter((name) => name !== "shellcheck").sort()).toEqual([...packages].sort());
  });
});

describeWithWordpress("WordPress installs itself", () => {
  const rig = new Rig();
  let deaths = 0;

  beforeAll(() => rig.start());
  afterAll(() => rig.stop());

  describe("when ten machines of a new site boot at the same time", () => {
    let site: Site;
    const printed: string[] = [];

    beforeAll(async () => {
      site = await rig.site("ten");
      for (let i = 0; i < 10; i++) await site.machine();
      const outcomes = await Promise.all(site.machines.map((machine) => machine.setUp()));
      expect(outcomes).toEqual(outcomes.map(({ output }) => ({ status: 0, output })));
      printed.push(...outcomes.map(({ output }) => output));
    });

    it("exactly once, and all of them come up", async () => {
      const [line, ...others] = printed.filter((output) => output !== "");
      expect(line).toMatch(/^WordPress [\d.]+ is installed\.\n$/);
      expect(others).toEqual([]);
      expect(await contents(site)).toEqual(INSTALLED_ONCE);
    });

    it("with the same eight keys on each, so that a log-in is good at all", () => {
      const keys = site.machines.map((machine) =>
        [...machine.read("wp-config.php").matchAll(/^define\('(\w+_(?:KEY|SALT))', '([^']{64})'\);$/gm)].map(
          ([, name, value]) => `${name} ${value}`,
        ),
      );
      expect(new Set(keys[0]).size).toBe(8);
      expect(keys).toEqual(keys.map(() => keys[0]));
    });
  });

  describe.each([
    ["with one table", "CREATE TABLE wp_usermeta"],
    ["without some of its tables", "CREATE TABLE wp_posts"],
    ["with tables, and without its admin", "INSERT INTO `wp_users`"],
    ["with an admin who may do nothing yet", "INSERT INTO `wp_usermeta`.*wp_capabilities"],
    ["with an admin, and without its first post", "INSERT INTO `wp_posts`"],
    ["with everything but the note that it is done", "INSERT INTO `wp_options`.*steadfast_installed"],
  ])("when a machine dies %s", (_, statement) => {
    it("the next, which waits already, goes on from there", async () => {
      const site = await rig.site(`dies${++deaths}`);
      const [dying, next] = [await site.machine(), await site.machine()];
      const boot = dying.boot(`/${statement}/s`);
      await eventually("the machine is where it shall die", () => dying.has("held"), 60);
      const waiting = next.serve();
      await boot.kill();
      await waiting;

      expect(await contents(site)).toEqual(INSTALLED_ONCE);
      expect((await site.visitor().logIn(next.port, site.password)).status).toBe(302);
    });
  });

  describe("when a machine boots later", () => {
    let site: Site;

    beforeAll(async () => {
      site = await rig.site("later");
      await site.server();
    });

    it("nothing of what people have changed is touched", async () => {
      await rig.database.sql("UPDATE wp_users SET user_email = 'me@example.com'", "later");
      await rig.database.sql("DELETE FROM wp_posts WHERE post_title = 'Hello world!'", "later");
      expect(await (await site.machine()).setUp()).toEqual({ status: 0, output: "" });
      expect(await contents(site)).toMatchObject({ people: ["admin\tme@example.com"], posts: [] });
    });

    it("with a newer WordPress, the database is brought up to it", async () => {
      const version = (): Promise<string[]> =>
        rig.database.sql("SELECT option_value FROM wp_options WHERE option_name = 'db_version'", "later");
      const [current = ""] = await version();
      await rig.database.sql("UPDATE wp_options SET option_value = '51917' WHERE option_name = 'db_version'", "later");
      const { status, output } = await (await site.machine()).setUp();
      expect(output).toBe(`The database is of version ${current} now, and was of 51917.\n`);
      expect([status, await version()]).toEqual([0, [current]]);
    });
  });
});
