import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { Authority } from "./support/wordpress/certificates";
import type { Machine } from "./support/wordpress/machine";
import { Pretender } from "./support/wordpress/pretender";
import { describeWithWordpress } from "./support/wordpress/programs";
import { Rig } from "./support/wordpress/rig";
import type { Site } from "./support/wordpress/site";

// A busy machine takes its time.
jest.setTimeout(120_000);

/** Seconds for which a machine does not ask a cache that it has lost: PAUSE of images/wordpress/cache.php. */
const PAUSE = 10;

/** The keys that have no end, as a program for the cache itself. */
const FOR_EVER = `local keys = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  if redis.call('TTL', key) < 0 then table.insert(keys, key) end
end
return keys`;

describeWithWordpress("WordPress and its cache", () => {
  const rig = new Rig();
  let site: Site;
  let first: Machine;
  let second: Machine;
  const read = async (machine: Machine, path = "/"): Promise<string> => {
    const { status, text } = await site.visitor().ask(machine.port, path);
    expect(status).toBe(200);
    return text;
  };
  const health = async (machine: Machine): Promise<unknown> => JSON.parse(await read(machine, "/health"));
  const HEALTHY = { status: "healthy", database: "works", files: "works", cache: "works" };
  const WITHOUT = { ...HEALTHY, cache: "fails" };
  /** Lets the seconds pass in which a machine leaves the cache alone. */
  const afterThePause = (...machines: Machine[]): void => {
    for (const machine of machines) if (machine.has("cache-lost")) machine.age("cache-lost", PAUSE + 1);
  };
  const rename = (name: string): Promise<string[]> =>
    rig.database.sql(`UPDATE wp_options SET option_value = '${name}' WHERE option_name = 'blogname'`, "site");

  beforeAll(async () => {
    await rig.start();
    site = await rig.site("site");
    first = await site.server();
    second = await site.server();
  });
  afterAll(() => rig.stop());

  beforeEach(async () => {
    for (const machine of [first, second]) machine.cache.lead(rig.cache.port);
    afterThePause(first, second);
    for (const machine of [first, second]) {
      expect(await health(machine)).toEqual(HEALTHY);
      await read(machine);
    }
  });

  describe("while it works", () => {
    it("answers on every machine in the database's place, over TLS and as its own user", async () => {
      const hits = await rig.cache.statistic("keyspace_hits");
      // Behind WordPress's back, so that it shows where an answer comes from.
      await rename("Nobody has told the cache");
      for (const machine of [first, second]) expect(await read(machine)).toContain("<title>WordPress</title>");
      expect(await rig.cache.statistic("keyspace_hits")).toBeGreaterThan(hits);
      expect(await rig.cache.command("CLIENT", "LIST")).toContainEqual(expect.stringContaining("user=wordpress"));

      await rig.cache.command("FLUSHALL");
      expect(await read(first)).toContain("<title>Nobody has told the cache</title>");
      await rename("WordPress");
      await rig.cache.command("FLUSHALL");
    });

    it("keeps nothing for ever but the name of its present contents", async () => {
      expect((await rig.cache.command("KEYS", "*")).length).toBeGreaterThan(10);
      expect(await rig.cache.command("EVAL", FOR_EVER, "0")).toEqual(["steadfast:generation"]);
    });
  });

  describe("when it is lost", () => {
    it("the site serves, people log in, and the machine is healthy and says so", async () => {
      await rig.cache.kill();
      expect(await read(first)).toContain("<title>WordPress</title>");
      expect((await site.visitor().logIn(first.port, site.password)).status).toBe(302);
      expect(await health(first)).toEqual(WITHOUT);
      expect(first.log).toContain("WordPress goes on without its cache");

      await rig.cache.restart();
      afterThePause(first, second);
      await read(first);
      expect(await health(first)).toEqual(HEALTHY);
      expect((await rig.cache.command("KEYS", "*")).length).toBeGreaterThan(10);
    });

    it("and says nothing any more, the site serves too", async () => {
      first.cache.silence();
      expect(await read(first)).toContain("<title>WordPress</title>");
      expect(await health(first)).toEqual(WITHOUT);
    });

    it("it is left alone for some seconds, so that visitors do not wait for it", async () => {
      first.cache.cut();
      await read(first);
      first.cache.open();
      await read(first);
      expect(await health(first)).toEqual(WITHOUT);
      afterThePause(first);
      expect(await health(first)).toEqual(HEALTHY);
    });

    it("on one machine that changes a post meanwhile, both show the change once it is back", async () => {
      const author = site.visitor();
      await author.logIn(first.port, site.password);
      const post = { title: "As it was", status: "publish" };
      const { id, link } = await author.rest<{ id: number; link: string }>(first.port, "/wp/v2/posts", post);
      const { pathname } = new URL(link);
      for (const machine of [first, second]) expect(await read(machine, pathname)).toContain("As it was");

      first.cache.cut();
      await author.rest(first.port, `/wp/v2/posts/${id}`, { title: "As it is" });
      expect(await read(first, pathname)).toContain("As it is");

      first.cache.open();
      afterThePause(first);
      for (const machine of [first, second]) {
        const page = await read(machine, pathname);
        expect(page).toContain("As it is");
        expect(page).not.toContain("As it was");
      }
    });
  });

  it("whose password is another one is not used", async () => {
    await rig.cache.command("ACL", "SETUSER", rig.cache.user, "resetpass", ">another");
    await rig.cache.command("CLIENT", "KILL", "USER", rig.cache.user);
    expect(await read(first)).toContain("<title>WordPress</title>");
    expect(await health(first)).toEqual(WITHOUT);
    await rig.cache.command("ACL", "SETUSER", rig.cache.user, "resetpass", `>${rig.cache.password}`);
  });

  describe("when somebody else stands in its place", () => {
    let others: Authority;

    beforeAll(async () => {
      others = await Authority.create(join(rig.folder, "others"));
    });

    it.each<[string, () => Authority, string]>([
      ["with a certificate of somebody else's", () => others, "IP:127.0.0.1"],
      ["with another server's certificate", () => rig.authority, "DNS:elsewhere.example"],
    ])("%s, nothing is said to them, and the site serves", async (_, authority, names) => {
      const certificate = await authority().issue("cache", names);
      const pretender = await Pretender.start(certificate, "at once");
      first.cache.lead(pretender.port);
      expect(await read(first)).toContain("<title>WordPress</title>");
      expect(await health(first)).toEqual(WITHOUT);
      pretender.close();
      expect(pretender.visits).toBe(1);
      expect(pretender.heard.toString("latin1")).toBe("");
    });

    it("with its own certificate and key, they are believed", async () => {
      const pretender = await Pretender.start(rig.certificate, "at once");
      first.cache.lead(pretender.port);
      await read(first);
      pretender.close();
      expect(pretender.heard.toString("latin1")).toContain(rig.cache.user);
    });
  });
});
