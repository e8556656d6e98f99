import { mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * Makes a folder that belongs to this process, whose id is part of its name: so what a process leaves that is killed can be
 * told from what one still uses.
 */
export async function makeOwnedFolder(place: string, prefix: string): Promise<string> {
  return mkdtemp(join(place, `${prefix}-${process.pid}-`));
}

export async function removeFolder(folder: string): Promise<void> {
  // Processes that were killed a moment ago may still have written something while it was being removed.
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Removes the folders whose processes have ended. */
export async function removeOrphanedFolders(place: string, prefix: string): Promise<void> {
  for (const name of await readdir(place)) {
    const [, owner] = name.startsWith(`${prefix}-`) ? (/^-(\d+)-/.exec(name.slice(prefix.length)) ?? []) : [];
    if (owner !== undefined && !lives(Number(owner))) await removeFolder(join(place, name));
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process lives as well.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
