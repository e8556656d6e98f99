import { execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { promisify } from "node:util";

/** An operating-system process at one moment. */
export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  /** The process group, whose leader has it as its pid */
  readonly group: number;
  /** When it was started, in whatever form the system gives it: with the pid, it tells a process from its successor */
  readonly started: string;
  /** Processor time that it has used so far, in seconds of one core */
  readonly cpuSeconds: number;
}

/** Ticks of processor time in a second: Linux tells programs 100, whatever the kernel's own clock is. */
const ticksPerSecond = 100;

/** Every process of this machine: from /proc on Linux, from `ps` elsewhere. */
export async function listProcesses(platform: NodeJS.Platform = process.platform): Promise<ProcessInfo[]> {
  if (platform !== "linux") {
    const { stdout } = await promisify(execFile)("ps", ["-axo", "pid=,ppid=,pgid=,time=,lstart="], {
      env: { ...process.env, LC_ALL: "C" },
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout.split("\n").flatMap((line) => parsePs(line) ?? []);
  }
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const read = pids.map(async (pid) => {
    try {
      return parseStat(await readFile(`/proc/${pid}/stat`, "latin1"));
    } catch (error) {
      // It ended in the meantime.
      if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
      throw error;
    }
  });
  return (await Promise.all(read)).filter((info) => info !== undefined);
}

/** Reads /proc/<pid>/stat, see proc_pid_stat(5). A zombie has ended: undefined. */
export function parseStat(text: string): ProcessInfo | undefined {
  // The name, in parentheses, may hold anything, also spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, parent, group] = fields;
  const field = (number: number): string => fields[number - 3] ?? "";
  if (state === "Z" || state === "X") return undefined;
  return {
    pid: Number.parseInt(text, 10),
    parent: Number(parent),
    group: Number(group),
    started: field(22),
    cpuSeconds: (Number(field(14)) + Number(field(15))) / ticksPerSecond,
  };
}

/** Reads a line of `ps -o pid=,ppid=,pgid=,time=,lstart=`, whose time is "[[days-]hours:]minutes:seconds[.hundredths]". */
export function parsePs(line: string): ProcessInfo | undefined {
  const [, pid, parent, group, days = "0", time = "", started = ""] =
    /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(?:(\d+)-)?([\d:.]+)\s+(.+?)\s*$/.exec(line) ?? [];
  if (pid === undefined) return undefined;
  const seconds = time.split(":").reduce((total, part) => total * 60 + Number(part), 0);
  return {
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    started,
    cpuSeconds: Number(days) * 86_400 + seconds,
  };
}
