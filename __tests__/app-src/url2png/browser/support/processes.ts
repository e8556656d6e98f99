import { processTree } from "../../../../../app-src/url2png/browser/process-tree";

/** Whether a process runs. One that has ended and that nobody has asked after still has an id, and no memory. */
export async function runs(pid: number): Promise<boolean> {
  const [process] = await processTree(pid);
  return process !== undefined && process.memoryMb > 0;
}

/** Whether none of them runs. */
export async function allEnded(pids: readonly number[]): Promise<boolean> {
  return !(await Promise.all(pids.map(runs))).includes(true);
}
