import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  /** Its own memory in MB: on Linux without files that are mapped, such as the program, which all processes share. */
  readonly memoryMb: number;
}

/** A process and all that descend from it, itself first. Empty when it has ended. */
export async function processTree(root: number): Promise<ProcessInfo[]> {
  const all = process.platform === "linux" ? fromProc() : await fromPs();
  const tree = all.filter(({ pid }) => pid === root);
  // Grows while it is walked: children of children are found in turn.
  for (const { pid } of tree) tree.push(...all.filter(({ parent }) => parent === pid));
  return tree;
}

/** Ends a process, all that descend from it, and its process group, which it has to lead. */
export async function killTree(root: number): Promise<void> {
  const tree = await processTree(root);
  for (const pid of [-root, ...tree.map((process) => process.pid)]) kill(pid);
}

/** SIGKILL, to a process that may have ended meanwhile. */
export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function fromProc(): ProcessInfo[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    let status: string;
    try {
      status = readFileSync(`/proc/${name}/status`, "latin1");
    } catch {
      return []; // it has ended since the folder was read, or is another user's business
    }
    const field = (key: string): number => Number(new RegExp(`^${key}:\\s*(\\d+)`, "m").exec(status)?.[1] ?? 0);
    return { pid: Number(name), parent: field("PPid"), memoryMb: (field("RssAnon") + field("RssShmem")) / 1024 };
  });
}

async function fromPs(): Promise<ProcessInfo[]> {
  const { stdout } = await promisify(execFile)("ps", ["-axo", "pid=,ppid=,rss="]);
  return stdout.split("\n").flatMap((line) => {
    const [pid, parent, rss] = line.trim().split(/\s+/).map(Number);
    return pid !== undefined && parent !== undefined && rss !== undefined ? { pid, parent, memoryMb: rss / 1024 } : [];
  });
}
