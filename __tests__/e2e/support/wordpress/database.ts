import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../../../tools/local/fleet/free-port";
import { give } from "./account";
import type { Certificate } from "./certificates";
import { Daemon, run } from "./daemon";
import { program } from "./programs";

/** RDS's stand-in: MariaDB, which takes nothing but TLS over the network. */
export class DatabaseServer {
  readonly host = "127.0.0.1";
  readonly user = "master";

  private constructor(
    private readonly socket: string,
    readonly port: number,
    private currentPassword: string,
  ) {}

  /** Starts it, without any database but its own, on a free port of 127.0.0.1. */
  static async start(folder: string, { key, certificate }: Certificate): Promise<DatabaseServer> {
    mkdirSync(folder);
    give(folder);
    const data = `--datadir=${join(folder, "data")}`;
    const small = ["--innodb-log-file-size=8M", "--innodb-buffer-pool-size=64M"];
    const tables = ["--auth-root-authentication-method=normal", "--skip-test-db"];
    await run([program("mariadb-install-db"), "--no-defaults", data, ...small, ...tables]);
    const port = await freePort();
    const socket = join(folder, "socket");
    const password = "the-first-password";
    const first = join(folder, "first.sql");
    writeFileSync(
      first,
      // One statement a line.
      `CREATE USER master@'%' IDENTIFIED BY '${password}' REQUIRE SSL;\nGRANT ALL ON *.* TO master@'%';\n`,
    );
    const daemon = new Daemon([
      ...[program("mariadbd"), "--no-defaults", data, ...small, `--socket=${socket}`, `--init-file=${first}`],
      ...["--bind-address=127.0.0.1", `--port=${port}`, "--require-secure-transport=ON"],
      ...[`--ssl-key=${key}`, `--ssl-cert=${certificate}`, "--skip-name-resolve"],
      // A test needs no data after a power failure.
      ...["--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync", "--skip-log-bin"],
    ]);
    await daemon.until("the database", () => daemon.output.includes("ready for connections"));
    return new DatabaseServer(socket, port, password);
  }

  get password(): string {
    return this.currentPassword;
  }

  /** Runs SQL as its administrator. @returns the rows of the answer, their columns parted by tabs */
  async sql(statement: string, database = "mysql"): Promise<string[]> {
    const options = ["--no-defaults", `--socket=${this.socket}`, "--user=root", "--batch", "--skip-column-names"];
    const output = await run([program("mariadb"), ...options, `--execute=${statement}`, database]);
    return output.split("\n").filter((line) => line !== "");
  }

  /** Makes an empty database. */
  async create(name: string): Promise<void> {
    await this.sql(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  }

  /** Gives its user another password, as RDS does every week. */
  async rotate(password: string): Promise<void> {
    await this.sql(`ALTER USER ${this.user}@'%' IDENTIFIED BY '${password}'`);
    this.currentPassword = password;
  }
}
