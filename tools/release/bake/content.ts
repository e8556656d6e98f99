import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";

/** Hexadecimal digits of a content's hash that are part of a version. */
const DIGITS_IN_VERSION = 12;

/**
 * A hash of everything that goes into an image: names and bytes of files, and the image that it is built on. The same content
 * has the same hash on every machine.
 * @param root files are named relative to it
 * @param paths files and folders
 * @param parent AMI id
 */
export async function contentHash(root: string, paths: readonly string[], parent: string): Promise<string> {
  const files = (await Promise.all(paths.map((path) => filesIn(path)))).flat();
  const named = files.map((file) => ({ file, name: relative(root, file).split(sep).join("/") }));
  const hash = createHash("sha256").update(`parent ${parent}\n`);
  for (const { file, name } of named.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const content = await readFile(file);
    hash.update(`file ${name} ${content.length}\n`).update(content);
  }
  return hash.digest("hex");
}

/** How an image is called: the commit and what was made of it. */
export function versionOf(commit: string, hash: string): string {
  return `${commit.slice(0, 7)}-${hash.slice(0, DIGITS_IN_VERSION)}`;
}

async function filesIn(path: string): Promise<string[]> {
  let entries;
  try {
    entries = await readdir(path, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return [path];
    throw error;
  }
  return (await Promise.all(entries.map((entry) => filesIn(join(path, entry.name))))).flat();
}
