import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../../../tools/local/fleet/free-port";
import { give } from "./account";
import type { Certificate } from "./certificates";
import { Daemon, run } from "./daemon";
import { program } from "./programs";

/** ElastiCache's stand-in: Redis or Valkey, which takes nothing but TLS and knows two users, none of them by default. */
export class CacheServer {
  readonly host = "127.0.0.1";
  readonly user = "wordpress";
  readonly password = "thePasswordOfTheCache";
  private daemon: Daemon | undefined;

  private constructor(
    private readonly configuration: string,
    private readonly authority: string,
    readonly port: number,
  ) {}

  /** Starts it on a free port of 127.0.0.1. It writes nothing to the disk: after its end it begins empty. */
  static async start(folder: string, authority: string, { key, certificate }: Certificate): Promise<CacheServer> {
    mkdirSync(folder);
    give(folder);
    const port = await freePort();
    const configuration = join(folder, "server.conf");
    const server = new CacheServer(configuration, authority, port);
    const settings = [
      ...["bind 127.0.0.1", "port 0", `tls-port ${port}`, "tls-auth-clients no", `dir ${folder}`, 'save ""'],
      ...[`tls-cert-file ${certificate}`, `tls-key-file ${key}`, `tls-ca-cert-file ${authority}`],
      "user default off",
      // What modules/cache-user.ts lets its user do.
      `user ${server.user} on >${server.password} ~* -@all +@read +@write +@connection +@transaction -@dangerous`,
      "user watcher on >watcher ~* &* +@all",
    ];
    writeFileSync(configuration, `${settings.join("\n")}\n`);
    await server.restart();
    return server;
  }

  /** Starts it again, empty. */
  async restart(): Promise<void> {
    await this.kill();
    const daemon = new Daemon([program("redis-server"), this.configuration]);
    this.daemon = daemon;
    await daemon.until("the cache", () => daemon.output.includes("Ready to accept connections"));
  }

  /** Runs a command as a user who may do everything. @returns the lines of the answer */
  async command(...words: readonly string[]): Promise<string[]> {
    const tls = ["--tls", "--cacert", this.authority, "-h", this.host, "-p", String(this.port)];
    const login = ["--user", "watcher", "--pass", "watcher", "--no-auth-warning"];
    const output = await run([program("redis-cli"), ...tls, ...login, ...words]);
    return output.split("\n").filter((line) => line !== "");
  }

  /** How often the answer of a command of its user was one, and how often there was nothing: `keyspace_hits`, `_misses`. */
  async statistic(name: string): Promise<number> {
    const line = (await this.command("INFO", "stats")).find((entry) => entry.startsWith(`${name}:`));
    return Number(line?.slice(name.length + 1));
  }

  /** Kills it, with everything in it. */
  async kill(): Promise<void> {
    await this.daemon?.kill();
  }
}
