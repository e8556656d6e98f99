import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../../tools/local/fleet/free-port";
import { eventually } from "../../support/eventually";
import { imagesFolder } from "./stand-ins";

/** What of it is missing here, and how it is had. Empty where nothing is. */
export function missingForCache(): string {
  const redis = spawnSync("redis-server", ["--version"]).status === 0;
  const modules = spawnSync("php", ["--modules"], { encoding: "utf8" });
  const php = modules.status === 0 && modules.stdout.includes("\nredis\n");
  return redis && php ? "" : "apt-get install redis-server php-cli php-redis";
}

/** A user with the rights of modules/cache-user.ts. */
const ACL = "user app on >battery-staple ~* -@all +@read +@write +@connection +@transaction -@dangerous";

const SETTINGS = `
  foreach (json_decode(getenv("SETTINGS"), true) as $name => $value) define("STEADFAST_$name", $value);
  ini_set("display_errors", "stderr");
  require STEADFAST_CODE . "/object-cache.php";
  wp_cache_init();
`;

/** A cache that speaks TLS alone, and PHP programs that use it through WordPress' object cache. */
export class CacheServer {
  private readonly folder = mkdtempSync(join(tmpdir(), "steadfast-cache-"));
  readonly runtime = join(this.folder, "runtime");
  private port = 0;
  private server: ChildProcess | undefined;

  constructor() {
    mkdirSync(this.runtime);
    for (const authority of ["ours", "theirs"]) {
      this.openssl(`req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=${authority} -keyout KEY -out CERT`, authority);
    }
    this.openssl("req -newkey rsa:2048 -nodes -subj /CN=cache -keyout KEY -out cache.csr", "cache");
    writeFileSync(join(this.folder, "names"), "subjectAltName=IP:127.0.0.1\n");
    this.openssl("x509 -req -days 1 -in cache.csr -CA ours.pem -CAkey ours.key -extfile names -out CERT", "cache");
  }

  private openssl(command: string, name: string): void {
    const words = command.replace("KEY", `${name}.key`).replace("CERT", `${name}.pem`).split(" ");
    execFileSync("openssl", words, { cwd: this.folder, stdio: "ignore" });
  }

  async start(): Promise<void> {
    if (this.port === 0) this.port = await freePort();
    const at = (name: string): string => join(this.folder, name);
    const configuration = `port 0\ntls-port ${this.port}\nbind 127.0.0.1\nsave ""\nuser default off\n${ACL}
tls-cert-file ${at("cache.pem")}\ntls-key-file ${at("cache.key")}\ntls-ca-cert-file ${at("ours.pem")}\ntls-auth-clients no\n`;
    writeFileSync(at("redis.conf"), configuration);
    this.server = spawn("redis-server", [at("redis.conf")], { cwd: this.folder, stdio: ["ignore", "pipe", "ignore"] });
    let said = "";
    this.server.stdout?.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await eventually("the cache is up", () => said.includes("Ready to accept connections"));
  }

  /** Kills it: what it holds is gone. */
  async stop(): Promise<void> {
    const server = this.server;
    if (server?.exitCode !== null || server.signalCode !== null) return;
    server.kill("SIGKILL");
    await once(server, "exit");
  }

  /**
   * Runs a program of PHP as one request of a machine.
   * @param settings what is not as a machine has it, such as `{ PASSWORD: "wrong" }`
   * @returns what it returns, through JSON
   */
  php(program: string, settings: Readonly<Record<string, string>> = {}): unknown {
    const all = {
      HOST: "127.0.0.1",
      PORT: String(this.port),
      USER: "app",
      PASSWORD: "battery-staple",
      CA: join(this.folder, "ours.pem"),
    };
    const named = Object.entries({ ...all, ...settings }).map(([name, value]) => [`CACHE_${name}`, value]);
    const SETTINGS_JSON = JSON.stringify({
      ...Object.fromEntries(named),
      CODE: join(imagesFolder, "wordpress"),
      RUNTIME: this.runtime,
    });
    const code = `${SETTINGS} echo json_encode((function () { ${program} })());`;
    const env = { PATH: process.env.PATH ?? "", SETTINGS: SETTINGS_JSON };
    const { status, stdout, stderr } = spawnSync("php", ["-r", code], { encoding: "utf8", env });
    if (status !== 0) throw new Error(`PHP ended with ${String(status)}: ${stdout}${stderr}`);
    return JSON.parse(stdout);
  }

  /** Path of a certificate authority that has not signed the server's certificate. */
  get otherAuthority(): string {
    return join(this.folder, "theirs.pem");
  }

  /** Makes it long ago that the cache was lost. */
  passPause(): void {
    const marker = join(this.runtime, "cache-lost");
    const past = statSync(marker).mtimeMs / 1000 - 60;
    utimesSync(marker, past, past);
  }

  /** Empties the machine's memory of the cache's state. */
  forget(): void {
    rmSync(this.runtime, { recursive: true });
    mkdirSync(this.runtime);
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true });
  }
}
