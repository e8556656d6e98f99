import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../../../tools/local/fleet/free-port";
import { give } from "./account";
import { copyFor } from "./code";
import { Daemon, run, type Outcome } from "./daemon";
import { Link } from "./link";
import { APACHE_MODULES, program } from "./programs";
import type { Site } from "./site";

/** What a machine may have of its own. */
export interface MachineOptions {
  /** URL of the site as people see it. Default: the site's */
  readonly url?: string;
  /** Port of 127.0.0.1 that Apache listens on. Default: a free one */
  readonly port?: number;
}

/** Runs before PHP's program does: WordPress asks nobody outside, and stops where HOLD says, a pattern of the SQL that comes next. */
const FIRST = `<?php
define('WP_HTTP_BLOCK_EXTERNAL', true);
if (getenv('HOLD')) {
    $GLOBALS['wp_filter']['query'][0]['hold'] = ['accepted_args' => 1, 'function' => static function ($query) {
        if (preg_match(getenv('HOLD'), $query)) {
            touch(getenv('RUNTIME') . '/held');
            sleep(600);
        }
        return $query;
    }];
}
`;

/** As little as a machine may have, so that there are few PHP processes. */
const MEMINFO = "MemTotal:        1000000 kB\n";

/** A machine of the image: what systemd and user data give it, its boot, and its web server. */
export class Machine {
  readonly #daemons: Daemon[] = [];
  #php: Daemon | undefined;

  private constructor(
    private readonly folder: string,
    readonly port: number,
    /** Its way to the database */
    readonly database: Link,
    /** Its way to the cache */
    readonly cache: Link,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  static async create(site: Site, name: string, options: MachineOptions = {}): Promise<Machine> {
    const { rig } = site;
    const folder = join(site.folder, name);
    const at = (path: string): string => join(folder, path);
    for (const path of ["", "run", "credentials", "tmp"]) {
      mkdirSync(at(path));
      give(at(path));
    }
    await copyFor(at("code"), rig.code, at("run"), site.shared);
    writeFileSync(at("first.php"), FIRST);
    writeFileSync(at("meminfo"), MEMINFO);
    writeFileSync(at("php"), `#!/bin/sh\nexec ${program("php")} -d auto_prepend_file=${at("first.php")} "$@"\n`);
    chmodSync(at("php"), 0o755);
    const secrets = { "admin-password": site.password, "cache-password": rig.cache.password };
    for (const [file, secret] of Object.entries(secrets)) {
      writeFileSync(at(`credentials/${file}`), secret, { mode: 0o400 });
      give(at(`credentials/${file}`));
    }
    const database = await Link.start(rig.database.port);
    const cache = await Link.start(rig.cache.port);
    const port = options.port ?? (await freePort());
    const machine = new Machine(folder, port, database, cache, {
      PORT: String(port),
      SITE_URL: options.url ?? site.url,
      ADMIN_EMAIL: "admin@example.com",
      DATABASE_HOST: rig.database.host,
      DATABASE_PORT: String(database.port),
      DATABASE_NAME: site.database,
      CACHE_HOST: rig.cache.host,
      CACHE_PORT: String(cache.port),
      CACHE_USER: rig.cache.user,
      CREDENTIALS_DIRECTORY: at("credentials"),
      CODE: at("code"),
      SHARED: site.shared,
      RUNTIME: at("run"),
      CACHE: at("tmp"),
      DATABASE_SECRET_FILE: at("secret.json"),
      DATABASE_CA: rig.authority.file,
      CACHE_CA: rig.authority.file,
      SYSTEM_CA: "/etc/ssl/certs/ca-certificates.crt",
      PHP: at("php"),
      MEMINFO: at("meminfo"),
      SLOW_LOG: at("slow.log"),
      MODULES: APACHE_MODULES ?? "",
    });
    machine.learnPassword(rig.database.password);
    return machine;
  }

  /** Starts its boot, as `wordpress-setup.service` does. @param hold where to stop for ever: a pattern for the SQL that comes next */
  boot(hold?: string): Daemon {
    const environment = { ...this.environment, ...(hold === undefined ? {} : { HOLD: hold }) };
    return this.start([program("bash"), join(this.folder, "code/setup.sh")], environment);
  }

  /** Boots. @returns how that ended */
  async setUp(): Promise<Outcome> {
    return this.boot().ended();
  }

  /** Boots, which must succeed, and starts PHP and Apache. */
  async serve(): Promise<void> {
    const { status, output } = await this.setUp();
    if (status !== 0) throw new Error(`setup.sh ended with ${status}:\n${output}`);
    await this.startPhp();
    const configuration = join(this.folder, "code/httpd.conf");
    const apache = this.start([program("apache2"), "-D", "FOREGROUND", "-f", configuration], this.sized());
    await apache.until("Apache", async () => {
      try {
        await fetch(`http://127.0.0.1:${this.port}/health`);
        return true;
      } catch {
        // It does not listen yet.
        return false;
      }
    });
  }

  /** Does what is due in WordPress, as `wordpress-cron.service` does. */
  async cron(): Promise<void> {
    await run([join(this.folder, "php"), join(this.folder, "code/public/wp-cron.php")], this.sized());
  }

  /** Kills PHP, and leaves Apache. */
  async killPhp(): Promise<void> {
    await this.#php?.kill();
  }

  /** Writes what wordpress-database-secret.service keeps: at once and whole. */
  learnPassword(password: string, username = "master"): void {
    const file = join(this.folder, "secret.json");
    writeFileSync(`${file}.new`, JSON.stringify({ username, password }), { mode: 0o400 });
    give(`${file}.new`);
    renameSync(`${file}.new`, file);
  }

  /** Whether a file of its runtime folder is there, such as `database-refused`. */
  has(name: string): boolean {
    return existsSync(join(this.folder, "run", name));
  }

  /** A file of its runtime folder. */
  read(name: string): string {
    return readFileSync(join(this.folder, "run", name), "utf8");
  }

  /** Makes a file of its runtime folder older than it is, in place of waiting. */
  age(name: string, seconds: number): void {
    const time = Date.now() / 1000 - seconds;
    utimesSync(join(this.folder, "run", name), time, time);
  }

  /** Removes a file of its runtime folder, if it is there. */
  forget(name: string): void {
    rmSync(join(this.folder, "run", name), { force: true });
  }

  /** What its processes have printed, which goes to its log. */
  get log(): string {
    return this.#daemons.map(({ output }) => output).join("");
  }

  /** Closes its links. */
  close(): void {
    this.database.close();
    this.cache.close();
  }

  private async startPhp(): Promise<void> {
    const options = ["--nodaemonize", "--force-stderr", "--fpm-config", join(this.folder, "code/php-fpm.conf")];
    const first = ["-d", `auto_prepend_file=${join(this.folder, "first.php")}`];
    const php = this.start([program("php-fpm"), ...options, ...first], this.sized());
    await php.until("PHP", () => php.output.includes("ready to handle connections"));
    this.#php = php;
  }

  /** The environment of the services: with PHP's settings, and what setup.sh has found for this machine. */
  private sized(): Readonly<Record<string, string>> {
    const found = this.read("machine.env").matchAll(/^(\w+)=(\w+)$/gm);
    const sizes = Object.fromEntries([...found].map(([, name = "", value = ""]) => [name, value]));
    return { ...this.environment, ...sizes, PHP_INI_SCAN_DIR: `:${join(this.folder, "code/php.d")}` };
  }

  private start(command: readonly string[], environment: Readonly<Record<string, string>>): Daemon {
    const daemon = new Daemon(command, environment);
    this.#daemons.push(daemon);
    return daemon;
  }
}
