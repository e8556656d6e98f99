import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "@jest/globals";

/** Bash that stands for a command, by the command's name; `$*` is what it was called with. */
export type StandIns = Readonly<Record<string, string>>;

/** Seconds that pass when the script sleeps, however short. */
const NAP = 30;

/** Commands of which only a machine on AWS has the real ones. What they were called with is recorded. */
const HARMLESS: StandIns = {
  aws: "",
  systemctl: "",
  mount: "",
  // Only root may give files away.
  install: `words=()
while (($# > 0)); do
  case $1 in
    -o | -g) shift ;;
    *) words+=("$1") ;;
  esac
  shift
done
exec /usr/bin/install "\${words[@]}"`,
};

/** What came of a boot. */
export interface Boot {
  readonly status: number | null;
  /** Every call of a stand-in, in order: command and arguments */
  readonly calls: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  /** Seconds that the script has taken, by its own clock, on which every sleep takes half a minute */
  readonly seconds: number;
}

/** A folder that a boot script takes for the root of its machine. Its times are its own: a sleep is over at once. */
export class BootedMachine {
  readonly root = mkdtempSync(join(tmpdir(), "booted-machine-"));

  /** Runs a script as it is handed to the machine, with `/etc`, `/var` and disks below `root`. */
  boot(script: string, standIns: StandIns): Boot {
    const { root } = this;
    const bin = join(root, "bin");
    const log = join(root, "calls");
    mkdirSync(bin, { recursive: true });
    for (const folder of ["etc/systemd/system", "var/lib"]) mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(log, "");
    for (const [name, body] of Object.entries({ ...HARMLESS, ...standIns })) {
      const record = `printf '%s' '${name}' >> ${log}; printf ' %s' "$@" >> ${log}; echo >> ${log}`;
      writeFileSync(join(bin, name), `#!/bin/bash\n${record}\n${body.replaceAll("@root", root)}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    const clock = join(root, "clock");
    writeFileSync(
      join(root, "shell"),
      [
        `sleep() { SECONDS=$((SECONDS + ${NAP})); }`,
        // A disk is there when it is asked for.
        `test() { [[ $1 == -b ]] || builtin test "$@"; }`,
        `trap 'echo "$SECONDS" > ${clock}' EXIT`,
      ].join("\n"),
    );
    writeFileSync(join(root, "script"), script.replace(/(?<![\w.])\/(?=(?:etc|var|dev\/disk)\/)/g, `${root}/`));
    const { status, stdout, stderr } = spawnSync("bash", [join(root, "script")], {
      env: { PATH: `${bin}:${process.env.PATH ?? ""}`, BASH_ENV: join(root, "shell"), ROOT: root },
      encoding: "utf8",
    });
    return {
      status,
      calls: readFileSync(log, "utf8").trimEnd().split("\n"),
      stdout,
      stderr,
      seconds: Number(readFileSync(clock, "utf8")),
    };
  }

  /** Content of a file of the machine; undefined when it is not there. */
  file(path: string): Buffer | undefined {
    const file = join(this.root, path);
    return existsSync(file) ? readFileSync(file) : undefined;
  }

  /** Permissions of a file or folder of the machine, such as 0o600. */
  mode(path: string): number {
    return statSync(join(this.root, path)).mode & 0o777;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** `curl` of a machine: its metadata, and whether its service answers. */
export function curlOf(metadata: Readonly<Record<string, string>>, answers: boolean): string {
  const paths = Object.entries(metadata).map(([path, value]) => `*/meta-data/${path}) printf '%s' '${value}' ;;`);
  return `case "$*" in
    *api/token*) printf token ;;
    ${paths.join("\n    ")}
    *meta-data*) exit 22 ;;
    *) exit ${answers ? 0 : 22} ;;
  esac`;
}

/** A new machine for each test of a file or a `describe`. @returns the one of the test that runs */
export function machineForEachTest(): () => BootedMachine {
  let machine: BootedMachine;
  beforeEach(() => {
    machine = new BootedMachine();
  });
  afterEach(() => {
    machine.remove();
  });
  return () => machine;
}
