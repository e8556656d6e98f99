import { existsSync, readFileSync } from "node:fs";

/** Whether a process runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // On Linux a process that has ended stays visible until its parent has taken note.
  const status = `/proc/${pid}/status`;
  return !existsSync(status) || !/^State:\s+[ZX]/m.test(readFileSync(status, "utf8"));
}

/** The ids of the services' processes in what a stack has logged. */
export function launchedProcesses(log: string): number[] {
  return [...log.matchAll(/launched in .*\(process (\d+)/g)].map(([, pid]) => Number(pid));
}
