import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable, Writable } from "node:stream";
import { chromiumFlags } from "./flags";
import { makeOwnedFolder, removeFolder } from "./owned-folder";
import { PipeTransport } from "./pipe-transport";
import { killTree } from "./process-tree";

/** How the folders begin that Chromium has for its home, in the folder for temporary files. */
export const PROFILE_PREFIX = "url2png-chromium";

/** As much of what Chromium says as an error may hold. */
const OUTPUT_LENGTH = 4000;

export interface ProcessOptions {
  readonly program: string;
  readonly sandbox: boolean;
  /** Megabytes of JavaScript objects of one process. */
  readonly heapMb: number;
}

/** Chromium's processes: the first one, which leads a process group, and all that it starts. */
export class ChromiumProcess {
  /** Resolves when the first process has ended, however that was. */
  readonly ended: Promise<void>;
  readonly transport: PipeTransport;
  private said = "";

  static async spawn(options: ProcessOptions): Promise<ChromiumProcess> {
    const profile = await makeOwnedFolder(tmpdir(), PROFILE_PREFIX);
    const flags = chromiumFlags({ ...options, profile, smallDevShm: hasSmallDevShm() });
    const child = spawn(options.program, flags, {
      cwd: profile,
      env: environmentFor(options.program, profile),
      detached: true, // a process group of its own, which can be killed as a whole
      stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
    });
    return new ChromiumProcess(child, profile);
  }

  private constructor(
    private readonly child: ChildProcess,
    private readonly profile: string,
  ) {
    const [, , output, commands, messages] = child.stdio;
    if (!(output instanceof Readable && commands instanceof Writable && messages instanceof Readable)) {
      throw new Error("a process was started without the pipes that were asked for");
    }
    this.transport = new PipeTransport(commands, messages);
    output.setEncoding("utf8").on("data", (text: string) => {
      this.said = (this.said + text).slice(-OUTPUT_LENGTH);
    });
    this.ended = new Promise((resolve) => {
      child.once("close", () => {
        resolve();
      });
      child.once("error", (error) => {
        this.said += error.message;
        if (child.pid === undefined) resolve(); // it was never there
      });
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** The end of what it wrote to its standard error. */
  get output(): string {
    return this.said.trim();
  }

  /** Kills every process, waits until they are gone, and removes what they have written. There is nothing worth a farewell. */
  async kill(): Promise<void> {
    if (this.pid !== undefined) await killTree(this.pid);
    await this.ended;
    await removeFolder(this.profile);
  }
}

/** Chromium's whole environment. The worker's own holds credentials, and is none of the business of pages that break out. */
function environmentFor(program: string, profile: string): NodeJS.ProcessEnv {
  const [libraries, fonts] = [join(dirname(program), "lib"), join(dirname(program), "fonts.conf")];
  return {
    HOME: profile,
    TMPDIR: profile,
    PATH: "/usr/bin:/bin",
    LANG: "en_US.UTF-8",
    TZ: "UTC",
    ...(existsSync(libraries) && { LD_LIBRARY_PATH: libraries }),
    ...(existsSync(fonts) && { FONTCONFIG_FILE: fonts }),
  };
}

/** A container's `/dev/shm` may have 64 MB, which a few pictures fill. Other systems than Linux have none and need none. */
function hasSmallDevShm(): boolean {
  if (!existsSync("/dev/shm")) return process.platform === "linux";
  const { bsize, blocks } = statfsSync("/dev/shm");
  return bsize * blocks < 256 * 1024 * 1024;
}
