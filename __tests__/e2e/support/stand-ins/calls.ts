import { appendFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

/** Where stand-ins keep what the programs that they stand for would keep. */
export function folderOfStandIns(): string {
  const folder = process.env.STAND_INS;
  if (folder === undefined) throw new Error("STAND_INS names no folder");
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  return folder;
}

/** Remembers how a program was called, for tests to read. */
export function noteCall(program: string, command: string | undefined, args: readonly string[]): void {
  appendFileSync(join(folderOfStandIns(), "calls"), `${[program, command ?? "", ...args].join(" ")}\n`);
}
