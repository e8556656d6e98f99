import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Sees to it that no process outlives this program, even when it is killed with SIGKILL. */
export class Reaper {
  private readonly child: ChildProcess;

  constructor() {
    // Detached: a group of its own, so that Ctrl-C in the terminal does not reach it.
    this.child = spawn(process.execPath, [fileURLToPath(new URL("reaper-process.mjs", import.meta.url))], {
      detached: true,
      env: {},
      stdio: ["pipe", "ignore", "inherit"],
    });
  }

  /** Watches over a process that leads a group of its own. */
  watch(pid: number): void {
    this.say(`+ ${pid}`);
  }

  /** Forgets a process that has ended, before its id can become another's. */
  forget(pid: number): void {
    this.say(`- ${pid}`);
  }

  /** Lets it do its work and waits for its end. */
  async close(): Promise<void> {
    const ended = once(this.child, "exit");
    this.child.stdin?.end();
    await ended;
  }

  private say(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }
}
