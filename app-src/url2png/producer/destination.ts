import { randomUUID } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "./usage-error";

/** Where pictures are saved. */
export interface Destination {
  /** Whether it is the standard output, which then has room for nothing else. */
  readonly isStandardOutput: boolean;
  /** Saves a picture, whole or not at all. @returns the file's name, if it is one */
  save(id: string, picture: Buffer): Promise<string | undefined>;
}

export interface DestinationOptions {
  readonly output?: string;
  readonly json?: boolean;
}

/**
 * Reads `--output` before anything is sent: `-` is the standard output; for several pages, or where it exists as one, it is a
 * folder, which gets a file `<id>.png` for each; else it is a file.
 * @returns `undefined` when nothing is to be saved
 * @throws UsageError when nothing could be saved there
 */
export function destinationOf({ output, json = false }: DestinationOptions, pages: number): Destination | undefined {
  if (output === undefined) return undefined;
  if (output === "-") {
    if (json) throw new UsageError("--json and --output -: both would be printed on the standard output");
    if (pages > 1) throw new UsageError("--output -: only one picture fits into the standard output");
    return { isStandardOutput: true, save: (_, picture) => print(picture) };
  }
  const path = resolve(output);
  const isFolder = existsSync(path) && statSync(path).isDirectory();
  if (pages === 1 && !isFolder) {
    if (!existsSync(dirname(path))) throw new UsageError(`--output ${output}: there is no folder ${dirname(path)}`);
    return { isStandardOutput: false, save: (_, picture) => write(path, picture) };
  }
  if (existsSync(path) && !isFolder) {
    throw new UsageError(`--output ${output}: several pictures need a folder, and this is a file`);
  }
  return {
    isStandardOutput: false,
    async save(id, picture) {
      await mkdir(path, { recursive: true });
      return write(join(path, `${id}.png`), picture);
    },
  };
}

async function write(file: string, picture: Buffer): Promise<string> {
  const aside = `${file}.${randomUUID()}.part`;
  try {
    await writeFile(aside, picture, { flag: "wx" });
    await rename(aside, file);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
  return file;
}

async function print(picture: Buffer): Promise<undefined> {
  await new Promise<void>((done, failed) => {
    process.stdout.write(picture, (error) => {
      if (error) failed(error);
      else done();
    });
  });
  return undefined;
}
