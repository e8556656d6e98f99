import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { eventually } from "../../../support/eventually";
import { account } from "./account";

/** What a program had to say, and how it ended. */
export interface Outcome {
  readonly status: number | null;
  readonly output: string;
}

/** What this suite has started, and what has not come to its end yet. */
const running = new Set<Daemon>();

/** Ends everything that this suite has started. */
export async function killAll(): Promise<void> {
  await Promise.all([...running].map((daemon) => daemon.kill()));
}

/** A program with all that it starts: a session of its own, run by the account for servers. */
export class Daemon {
  /** Standard output and standard error, so far */
  output = "";
  readonly #child: ChildProcess;
  /** Its end, and that of all who could still print something */
  readonly #closed: Promise<unknown>;

  /**
   * @param command the program's file and its arguments
   * @param env its whole environment, `PATH` aside
   */
  constructor(command: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const [file = "", ...parameters] = command;
    this.#child = spawn(file, parameters, {
      ...account,
      cwd: "/",
      env: { PATH: process.env.PATH, ...env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.output += text));
    }
    this.#closed = once(this.#child, "close");
    running.add(this);
    // From now on its number may be another's. Whoever waits for its end gets the error.
    const forget = (): boolean => running.delete(this);
    this.#closed.then(forget, forget);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#child.spawnfile} could not be started`);
    return this.#child.pid;
  }

  /** Waits for its own end and says how it was. */
  async ended(): Promise<Outcome> {
    await this.#closed;
    return { status: this.#child.exitCode, output: this.output };
  }

  /** Waits until a server answers. @throws with what it has printed, when it ends before */
  async until(what: string, check: () => Promise<boolean> | boolean): Promise<void> {
    const answers = async (): Promise<boolean> => {
      if (!running.has(this)) throw new Error(`it ended with ${this.#child.exitCode}`);
      return check();
    };
    try {
      await eventually(what, answers, 45);
    } catch (error) {
      throw new Error(`${this.#child.spawnfile} does not work:\n${this.output}`, { cause: error });
    }
  }

  /** Sends a signal to it and to all that it has started, whatever group they are in. */
  signal(name: NodeJS.Signals): void {
    for (const pid of processesOf(this.pid)) {
      try {
        process.kill(pid, name);
      } catch (error) {
        // It has ended meanwhile.
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    }
  }

  /** Ends it and all that it has started, at once, as the end of a machine does. */
  async kill(): Promise<void> {
    await eventually(`the end of ${this.#child.spawnfile}`, () => {
      if (running.has(this)) this.signal("SIGKILL");
      return !running.has(this);
    });
  }
}

/** The living processes of a session, which is named after the process that has begun it. */
function processesOf(session: number): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    let line: string;
    try {
      line = readFileSync(`/proc/${pid}/stat`, "utf8");
    } catch {
      // It has ended since the folder was read.
      return false;
    }
    // proc_pid_stat(5): the name in brackets may hold anything; after it: state, parent, group, session.
    const [state, , , id] = line.slice(line.lastIndexOf(")") + 2).split(" ");
    return Number(id) === session && state !== "Z" && state !== "X";
  });
}

/** Runs a program to its end. @throws with what it has printed, unless it succeeds */
export async function run(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { status, output } = await new Daemon(command, env).ended();
  if (status !== 0) throw new Error(`${command.join(" ")} ended with ${status}:\n${output}`);
  return output;
}
