import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach } from "@jest/globals";

export const imagesFolder = fileURLToPath(new URL("../../../images", import.meta.url));

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Every call of a stand-in, `name arguments`, in order */
  readonly calls: readonly string[];
}

/** A folder in which a provisioning script runs, with stand-ins for the commands that only a builder has. */
export class Builder {
  private readonly folder = mkdtempSync(join(tmpdir(), "steadfast-builder-"));
  /** What stands for `/tmp` in the scripts */
  readonly tmp = join(this.folder, "tmp");

  constructor() {
    mkdirSync(this.tmp);
  }

  /**
   * Runs a script of `images/`.
   * @param commands bash bodies of stand-ins by name; each call is recorded before its body runs
   * @param places other paths of the script, and what stands for them. Default: only `/tmp` is another.
   */
  run(
    script: string,
    commands: Readonly<Record<string, string>>,
    env: Readonly<Record<string, string>> = {},
    parameters: readonly string[] = [],
    places: Readonly<Record<string, string>> = {},
  ): Run {
    const bin = join(this.folder, "bin");
    const log = join(this.folder, "calls");
    rmSync(bin, { recursive: true, force: true });
    rmSync(log, { force: true });
    mkdirSync(bin);
    for (const [name, body] of Object.entries(commands)) {
      const file = join(bin, name);
      writeFileSync(file, `#!/bin/bash\necho "${name} $*" >> "${log}"\n${body}\n`);
      chmodSync(file, 0o755);
    }
    const text = Object.entries({ "/tmp/": `${this.tmp}/`, ...places }).reduce(
      (before, [path, place]) => before.replaceAll(path, place),
      readFileSync(join(imagesFolder, script), "utf8"),
    );
    const file = join(this.folder, "script.sh");
    writeFileSync(file, text);
    const { status, stdout, stderr } = spawnSync("bash", [file, ...parameters], {
      encoding: "utf8",
      env: { PATH: `${bin}:${process.env.PATH ?? ""}`, ...env },
    });
    const calls = existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : [];
    return { status, stdout, stderr, calls };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A new builder for each test of a file, with the folder of an application's units. @returns the one of the test that runs */
export function builderForEachTest(): () => Builder {
  let builder: Builder;
  beforeEach(() => {
    builder = new Builder();
    mkdirSync(join(builder.tmp, "units"));
  });
  afterEach(() => {
    builder.remove();
  });
  return () => builder;
}
