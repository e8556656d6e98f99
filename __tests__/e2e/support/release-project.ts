import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { cp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { REQUIRE } from "../../../tools/build/applications";
import { bundleCommands } from "../../support/commands";
import { hermetic, runRelease, type Outcome } from "./release-command";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const standIns = fileURLToPath(new URL("stand-ins", import.meta.url));

/** What a release is made of. */
const SOURCES = [
  ...["app-src", "environments", "images", "modules", "stacks", "tools"],
  ...["main.ts", "cdktf.json", "package.json", "tsconfig.json"],
];

export interface ReleaseProjectOptions {
  /** Of the emulator */
  readonly endpoint: string;
  /** Number of the account that the commands' credentials belong to */
  readonly account: string;
  /** What the stack's output `url` says */
  readonly url: string;
}

/**
 * A copy of this project, committed in a git repository of its own, in which releases can be made and sources changed. Programs
 * that build and deploy have stand-ins there.
 */
export class ReleaseProject {
  readonly folder = mkdtempSync(join(tmpdir(), "steadfast-release-test-"));

  readonly #end = new AbortController();

  private constructor(private readonly options: ReleaseProjectOptions) {}

  static async create(options: ReleaseProjectOptions): Promise<ReleaseProject> {
    const project = new ReleaseProject(options);
    await Promise.all(SOURCES.map((path) => cp(join(root, path), project.path(path), { recursive: true })));
    symlinkSync(join(root, "node_modules"), project.path("node_modules"));
    project.git("init", "--quiet");
    project.write(".git/info/exclude", "/node_modules\n/dist\n/cdktf.out\n/out\n/.test\n");
    project.git("add", "--all");
    project.git("commit", "--quiet", "--message", "Everything");
    await project.installStandIns();
    await bundleCommands(project.folder, project.commands, ["release"]);
    return project;
  }

  /** Removes it, and kills a command that a test has given up. */
  remove(): void {
    this.#end.abort();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  read(file: string): string {
    return readFileSync(this.path(file), "utf8");
  }

  write(file: string, text: string): void {
    writeFileSync(this.path(file), text);
  }

  change(file: string, edit: (text: string) => string): void {
    this.write(file, edit(this.read(file)));
  }

  /** The commit that is checked out */
  head(): string {
    return this.git("rev-parse", "HEAD");
  }

  /** Runs a release command on the emulator, with the stand-ins in place. */
  async release(...parameters: string[]): Promise<Outcome> {
    return runRelease(join(this.commands, "release.mjs"), parameters, this.folder, this.environment, this.#end.signal);
  }

  /** Runs a command with `--json`: its one document and its exit code. */
  async releaseJson(...parameters: string[]): Promise<{ exitCode: number | null; json: unknown; stderr: string }> {
    const { exitCode, stdout, stderr } = await this.release(...parameters, "--json");
    try {
      return { exitCode, json: JSON.parse(stdout) as unknown, stderr };
    } catch (error) {
      throw new Error(`${parameters.join(" ")} printed no JSON (exit code ${exitCode ?? "none"}): ${stdout}${stderr}`, {
        cause: error,
      });
    }
  }

  /** How the stand-ins were called since the last time that this was asked: program, command, arguments. */
  takeCalls(): string[] {
    const file = join(this.standInFolder, "calls");
    if (!existsSync(file)) return [];
    const calls = readFileSync(file, "utf8").trim().split("\n");
    rmSync(file);
    return calls;
  }

  private get standInFolder(): string {
    return this.path(".test");
  }

  /** Where this copy's release command is, in a form that starts fast. */
  private get commands(): string {
    return join(this.standInFolder, "commands");
  }

  private get environment(): NodeJS.ProcessEnv {
    const { endpoint, account, url } = this.options;
    return {
      ...hermetic(this.folder),
      PATH: `${join(this.standInFolder, "bin")}:${process.env.PATH ?? ""}`,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: account,
      AWS_SECRET_ACCESS_KEY: "none",
      STAND_INS: this.standInFolder,
      STAND_IN_URL: url,
    };
  }

  /** Bundles the stand-ins, so that each of their many starts is fast. */
  private async installStandIns(): Promise<void> {
    const bin = join(this.standInFolder, "bin");
    mkdirSync(bin, { recursive: true });
    await build({
      entryPoints: ["packer", "terraform"].map((name) => join(standIns, `${name}.ts`)),
      outdir: bin,
      outExtension: { ".js": ".mjs" },
      platform: "node",
      format: "esm",
      target: "node20",
      bundle: true,
      // What a command does not need is in files of its own, and not loaded.
      splitting: true,
      logLevel: "warning",
      banner: { js: `#!/usr/bin/env node\n${REQUIRE}` },
    });
    for (const name of ["packer", "terraform"]) symlinkSync(`${name}.mjs`, join(bin, name));
    for (const name of ["packer.mjs", "terraform.mjs"]) chmodSync(join(bin, name), 0o755);
    writeFileSync(join(bin, "session-manager-plugin"), "#!/bin/sh\necho 1.2.0.0\n", { mode: 0o755 });
  }

  private git(...args: string[]): string {
    const identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"];
    const git = spawnSync("git", [...identity, ...args], {
      cwd: this.folder,
      env: hermetic(this.folder),
      encoding: "utf8",
    });
    if (git.status !== 0) throw new Error(`git ${args.join(" ")}: ${git.error?.message ?? git.stderr}`);
    return git.stdout.trim();
  }
}
