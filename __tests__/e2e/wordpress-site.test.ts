import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { landscape } from "../support/photo";
import type { Machine } from "./support/wordpress/machine";
import { describeWithWordpress } from "./support/wordpress/programs";
import { Rig } from "./support/wordpress/rig";
import type { Site } from "./support/wordpress/site";

// A busy machine takes its time.
jest.setTimeout(120_000);

const HOUR = 60 * 60 * 1000;

interface Picture {
  readonly id: number;
  readonly source_url: string;
  readonly media_details: { readonly sizes: Readonly<Record<string, { readonly source_url: string }>> };
}

interface Post {
  readonly id: number;
  readonly link: string;
}

describeWithWordpress("WordPress on two machines behind a load balancer", () => {
  const rig = new Rig();
  let site: Site;
  let first: Machine;
  let second: Machine;

  beforeAll(async () => {
    await rig.start();
    site = await rig.site("site");
    first = await site.server();
    second = await site.server();
  });
  afterAll(() => rig.stop());

  it("is healthy on both", async () => {
    for (const { port } of [first, second]) {
      const { status, text } = await site.visitor().ask(port, "/health");
      expect([status, JSON.parse(text)]).toEqual([
        200,
        { status: "healthy", database: "works", files: "works", cache: "works" },
      ]);
    }
  });

  describe("its admin", () => {
    it("logs in with the password of the credential", async () => {
      const { status, headers } = await site.visitor().logIn(first.port, site.password);
      expect([status, headers.location]).toEqual([302, `${site.url}/wp-admin/`]);
    });

    it("does not with another", async () => {
      const visitor = site.visitor();
      const { status, text } = await visitor.logIn(first.port, `${site.password}x`);
      expect(status).toBe(200);
      expect(text).toContain("The password you entered for the username <strong>admin</strong> is incorrect");
      expect((await visitor.ask(first.port, "/wp-admin/")).status).toBe(302);
    });

    it("is logged in on every machine, by the keys that all share", async () => {
      const visitor = site.visitor();
      await visitor.logIn(first.port, site.password);
      const { status, text } = await visitor.ask(second.port, "/wp-admin/");
      expect(status).toBe(200);
      expect(text).toContain("<title>Dashboard");
    });

    it("finds no way to change the code, which is the image's", async () => {
      const visitor = site.visitor();
      await visitor.logIn(first.port, site.password);
      for (const page of [
        "plugin-install.php",
        "theme-editor.php",
        "plugin-editor.php",
        "update-core.php?action=do-core-upgrade",
      ]) {
        expect((await visitor.ask(first.port, `/wp-admin/${page}`)).status).toBe(403);
      }
    });
  });

  describe("a post with a picture, published on one machine", () => {
    let photo: Buffer;
    let picture: Picture;
    let post: Post;

    beforeAll(async () => {
      photo = await landscape(640, 480);
      const author = site.visitor();
      await author.logIn(first.port, site.password);
      picture = await author.upload<Picture>(first.port, "sunset.jpg", "image/jpeg", photo);
      post = await author.rest<Post>(first.port, "/wp/v2/posts", {
        title: "Sunset",
        content: `<img src="${picture.source_url}" alt="A sunset">`,
        featured_media: picture.id,
        status: "publish",
      });
    });

    it("is read on the other, at an address that says what it is", async () => {
      expect(new URL(post.link).pathname).toMatch(/^\/\d{4}\/\d{2}\/\d{2}\/sunset\/$/);
      const { status, text } = await site.visitor().ask(second.port, new URL(post.link).pathname);
      expect(status).toBe(200);
      expect(text).toMatch(new RegExp(`<img [^>]*src="${picture.source_url}" alt="A sunset"`));
      expect((await site.visitor().ask(second.port, "/")).text).toContain("Sunset");
    });

    it("has its picture there byte by byte, and smaller ones of it", async () => {
      const original = await site.visitor().ask(second.port, new URL(picture.source_url).pathname);
      expect([original.status, original.headers["content-type"]]).toEqual([200, "image/jpeg"]);
      expect(original.body.equals(photo)).toBe(true);
      const { thumbnail } = picture.media_details.sizes;
      const small = await site.visitor().ask(second.port, new URL(thumbnail?.source_url ?? "").pathname);
      expect([small.status, small.headers["content-type"]]).toEqual([200, "image/jpeg"]);
      expect(small.body.length).toBeLessThan(photo.length);
    });
  });

  it("a post for later is published when its time has come, by the timer of any machine", async () => {
    const sql = (statement: string) => rig.database.sql(statement, "site");
    const author = site.visitor();
    await author.logIn(first.port, site.password);
    const date = new Date(Date.now() + HOUR).toISOString().slice(0, 19);
    const post = await author.rest<Post>(first.port, "/wp/v2/posts", { title: "Of later", status: "publish", date });
    expect((await site.visitor().ask(second.port, "/")).text).not.toContain("Of later");

    // In place of waiting, everything was two hours earlier.
    await sql(
      `UPDATE wp_posts SET post_date = post_date - INTERVAL 2 HOUR, post_date_gmt = post_date WHERE id = ${post.id}`,
    );
    const [due = ""] = await sql("SELECT HEX(option_value) FROM wp_options WHERE option_name = 'cron'");
    const earlier = Buffer.from(due, "hex")
      .toString("utf8")
      .replace(/i:(\d{10});a:/g, (_, time: string) => `i:${Number(time) - (2 * HOUR) / 1000};a:`);
    const hex = Buffer.from(earlier).toString("hex");
    await sql(`UPDATE wp_options SET option_value = UNHEX('${hex}') WHERE option_name = 'cron'`);
    await rig.cache.command("FLUSHALL");

    await second.cron();
    expect((await site.visitor().ask(first.port, "/")).text).toContain("Of later");
  });

  describe("over HTTPS, which ends at the load balancer", () => {
    const url = "https://www.example.com";
    let machine: Machine;

    beforeAll(async () => {
      machine = await site.server({ url });
    });

    it("all links are of HTTPS", async () => {
      const { status, text } = await site.visitor(url).ask(machine.port, "/");
      expect(status).toBe(200);
      expect(text).toContain(`href="${url}/wp-json/"`);
      expect(text).not.toContain("http://www.example.com");
    });

    it("a log-in is kept in cookies for HTTPS alone", async () => {
      const { status, headers } = await site.visitor(url).logIn(machine.port, site.password);
      expect([status, headers.location]).toEqual([302, `${url}/wp-admin/`]);
      const cookies = (headers["set-cookie"] ?? []).filter((cookie) => /^wordpress_(sec|logged_in)_/.test(cookie));
      expect(cookies).toHaveLength(3);
      for (const cookie of cookies) expect(cookie).toMatch(/; secure; HttpOnly/i);
    });
  });

  describe("what nobody needs from outside is refused:", () => {
    it.each([
      ["the settings", "/wp-config.php"],
      ["the settings, by a detour", "/wp-content/../wp-config.php"],
      ["the settings' sample", "/wp-config-sample.php"],
      ["another protocol to try passwords on", "/xmlrpc.php"],
      ["the same, as a folder", "/xmlrpc.php/x"],
      ["what says the version", "/readme.html"],
      ["the installer", "/wp-admin/install.php"],
      ["the installer, by another spelling", "//wp-admin//install.php?step=2"],
      ["the list of uploaded files", "/wp-content/uploads/"],
      ["a list of a folder of them", "/wp-content/uploads/lists/"],
      ["files with a dot", "/.htaccess"],
    ])("%s, %s", async (_, path) => {
      mkdirSync(join(site.shared, "uploads/lists"), { recursive: true });
      const { status, text } = await site.visitor().ask(first.port, path);
      expect([403, 404]).toContain(status);
      expect(text).not.toMatch(/DB_|evil\.php|lists/);
    });

    it("PHP in what was uploaded is not run", async () => {
      const program = '<?php echo "the answer is ", 6 * 7; file_put_contents(__DIR__ . "/ran", "1");';
      const names = ["evil.php", "evil.PHP", "evil.phtml", "evil.php.jpg", "evil.jpg"];
      for (const name of names) writeFileSync(join(site.shared, "uploads", name), program);
      writeFileSync(
        join(site.shared, "uploads/.htaccess"),
        "AddHandler application/x-httpd-php .jpg\nOptions Indexes\n",
      );
      for (const name of [...names, "evil.php/x", "evil.jpg/x.php", ".htaccess"]) {
        const { status, text } = await site.visitor().ask(first.port, `/wp-content/uploads/${name}`);
        expect(text).not.toContain("the answer is 42");
        if (/\.(php|phtml|htaccess)/.test(name)) expect([403, 404]).toContain(status);
      }
      expect(readdirSync(join(site.shared, "uploads"))).not.toContain("ran");
    });
  });

  it("a machine whose PHP has died is not healthy", async () => {
    const machine = await site.server();
    await machine.killPhp();
    const { status } = await site.visitor().ask(machine.port, "/health");
    expect(status).toBe(503);
  });
});
