import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { give } from "./account";
import { CacheServer } from "./cache";
import { Authority, type Certificate } from "./certificates";
import { layOut } from "./code";
import { killAll } from "./daemon";
import { DatabaseServer } from "./database";
import { Site } from "./site";

/** What all machines need: certificates, a database server and a cache, each real and this rig's own. */
export class Rig {
  readonly #sites: Site[] = [];
  #folder: string | undefined;
  #parts: Parts | undefined;

  async start(): Promise<void> {
    this.#folder = mkdtempSync(join(tmpdir(), "steadfast-wordpress-"));
    give(this.folder);
    const authority = await Authority.create(join(this.folder, "authority"));
    const certificate = await authority.issue("servers", "IP:127.0.0.1");
    const [database, cache] = await Promise.all([
      DatabaseServer.start(join(this.folder, "database"), certificate),
      CacheServer.start(join(this.folder, "cache"), authority.file, certificate),
      layOut(this.code),
    ]);
    this.#parts = { authority, certificate, database, cache };
  }

  /** Where all of its files are */
  get folder(): string {
    if (this.#folder === undefined) throw new Error("the rig has not been started");
    return this.#folder;
  }

  /** WordPress and the image's files, for machines to copy. */
  get code(): string {
    return join(this.folder, "code");
  }

  get authority(): Authority {
    return this.parts.authority;
  }

  get certificate(): Certificate {
    return this.parts.certificate;
  }

  get database(): DatabaseServer {
    return this.parts.database;
  }

  get cache(): CacheServer {
    return this.parts.cache;
  }

  /** A new site, with a database and a shared folder of its own. */
  async site(name: string): Promise<Site> {
    const site = await Site.create(this, name);
    this.#sites.push(site);
    return site;
  }

  /** Ends everything, even if only some of it has started, and removes every file. */
  async stop(): Promise<void> {
    await killAll();
    for (const site of this.#sites) site.close();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  private get parts(): Parts {
    if (this.#parts === undefined) throw new Error("the rig has not been started");
    return this.#parts;
  }
}

interface Parts {
  readonly authority: Authority;
  readonly certificate: Certificate;
  readonly database: DatabaseServer;
  readonly cache: CacheServer;
}
