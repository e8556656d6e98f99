import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { expect } from "@jest/globals";
import { eventually } from "../../support/eventually";
import { imagesFolder } from "./stand-ins";

/**
 * Installs into a database that is a folder: asks whether that has been done, takes its time, and says so at the end. As
 * install.php, it does not guard itself against others.
 */
const PHP = `#!${process.execPath}
const { appendFileSync, existsSync, writeFileSync } = require("node:fs");
const database = process.env.DATABASE;
const say = (file, text) => appendFileSync(database + "/" + file, text + "\\n");
const mode = process.env.MODE;
say("arguments", process.argv.slice(2).join(" "));
say("environment", JSON.stringify(process.env));
if (mode === "refuse-once" && !existsSync(database + "/refused")) {
  say("refused", "once");
  process.exit(1);
} else if (mode === "fail") {
  process.exit(1);
} else if (existsSync(database + "/installed")) {
  say("found", "it");
} else {
  say("begun", process.pid + " " + process.ppid);
  if (mode === "hang") setInterval(() => undefined, 60_000);
  else setTimeout(() => writeFileSync(database + "/installed", ""), 50);
}
`;

/** A machine that sets WordPress up. */
export interface Setup {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** What it has printed so far */
  readonly printed: () => string;
  /** Resolves to the exit code, or the signal that killed it */
  readonly ended: Promise<number | string | null>;
}

/** Machines that run the image's setup.sh on one shared folder, with a stand-in for PHP and the database. */
export class SetupRig {
  private readonly folder = mkdtempSync(join(tmpdir(), "steadfast-wordpress-"));
  private readonly running: Setup[] = [];

  constructor() {
    for (const name of ["bin", "code", "shared", "credentials", "database"]) mkdirSync(this.path(name));
    for (const file of ["setup.sh", "wp-config.php.in"]) {
      copyFileSync(join(imagesFolder, "wordpress", file), this.path("code", file));
    }
    writeFileSync(this.path("bin/php"), PHP, { mode: 0o755 });
    this.place("credentials/admin-password", "correctHorse1");
    this.place("credentials/cache-password", "batteryStaple2");
    this.place("system.pem", "everybody\n");
    this.place("rds.pem", "rds\n");
    this.place("meminfo", "MemTotal:        1953125 kB\nMemFree: 1 kB\n");
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  place(file: string, text: string): void {
    writeFileSync(this.path(file), text);
  }

  has(file: string): boolean {
    return existsSync(this.path(file));
  }

  read(file: string): string {
    return readFileSync(this.path(file), "utf8");
  }

  /** What the stand-in for PHP has noted in one of its files. */
  noted(file: string): string[] {
    return this.has(join("database", file)) ? this.read(join("database", file)).trimEnd().split("\n") : [];
  }

  /** The lines with WordPress' keys. */
  keysOf(file: string): string[] {
    return this.read(file)
      .split("\n")
      .filter((line) => /^define\('\w+_(KEY|SALT)', /.test(line));
  }

  /** Runs setup.sh as its unit does. What a machine has in memory is in a folder of its name. */
  start(machine = "machine", env: Readonly<Record<string, string>> = {}): Setup {
    mkdirSync(this.path(machine), { recursive: true });
    const child = spawn("bash", [this.path("code/setup.sh")], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...this.environment(machine), ...env },
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
    const setup: Setup = {
      child,
      printed: () => text,
      ended: once(child, "close").then(([code, signal]: (number | string | null)[]) => code ?? signal ?? null),
    };
    this.running.push(setup);
    return setup;
  }

  private environment(machine: string): Record<string, string> {
    return {
      PATH: `${this.path("bin")}:${process.env.PATH ?? ""}`,
      SITE_URL: "https://www.example.com",
      ADMIN_EMAIL: "admin@example.com",
      DATABASE_HOST: "db.example",
      DATABASE_PORT: "3306",
      DATABASE_NAME: "wordpress",
      CACHE_HOST: "cache.example",
      CACHE_PORT: "6379",
      CACHE_USER: "app",
      CREDENTIALS_DIRECTORY: this.path("credentials"),
      CODE: this.path("code"),
      SHARED: this.path("shared"),
      RUNTIME: this.path(machine),
      DATABASE_CA: this.path("rds.pem"),
      SYSTEM_CA: this.path("system.pem"),
      MEMINFO: this.path("meminfo"),
      DATABASE: this.path("database"),
      PAUSE: "0",
    };
  }

  /** Waits until WordPress is being installed. */
  async begun(): Promise<void> {
    await eventually("the installation has begun", () => this.noted("begun").length > 0);
  }

  /** Kills an installation that hangs with everything around it, as the loss of its machine does. */
  async lose(setup: Setup): Promise<void> {
    await this.begun();
    setup.child.kill("SIGKILL");
    for (const pid of this.noted("begun")[0]?.split(" ") ?? []) process.kill(Number(pid), "SIGKILL");
    expect(await setup.ended).toBe("SIGKILL");
  }

  async remove(): Promise<void> {
    for (const { child } of this.running) child.kill("SIGKILL");
    await Promise.all(this.running.map(({ ended }) => ended));
    rmSync(this.folder, { recursive: true });
  }
}
