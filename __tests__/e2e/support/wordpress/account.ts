import { spawnSync } from "node:child_process";
import { chownSync } from "node:fs";

interface Account {
  readonly uid: number;
  readonly gid: number;
}

function idOfNobody(option: string): number {
  return Number(spawnSync("id", [option, "nobody"], { encoding: "utf8" }).stdout);
}

/** Who the servers run as: whoever runs the tests, or, as no server should be root, `nobody`. */
export const account: Account | undefined =
  process.getuid?.() === 0 ? { uid: idOfNobody("-u"), gid: idOfNobody("-g") } : undefined;

/** Gives a file or folder to the account that the servers run as. */
export function give(path: string): void {
  if (account !== undefined) chownSync(path, account.uid, account.gid);
}
