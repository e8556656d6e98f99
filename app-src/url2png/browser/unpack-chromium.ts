import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { extract } from "tar-fs";
import { makeOwnedFolder, removeFolder, removeOrphanedFolders } from "./owned-folder";

/** How the folders begin in which files are unpacked before they are put in place. */
const ASIDE_PREFIX = ".unpacking";

/** Chromium's program in the folder that it was unpacked into. It is put there last: where it is, everything is. */
export const PROGRAM = "chromium";

/**
 * Unpacks the files of `@sparticuz/chromium`: the program, the libraries it needs that a small system has not (`lib/`), a font
 * for machines without any (`fonts/`), and where fonts are (`fonts.conf`). The package's own function would do so in fixed
 * places in the folder for temporary files, where anybody may have put something else before.
 *
 * Several processes may unpack into the same folder at once: each name appears whole.
 * @param from folder of the `.br` files
 * @param into made when it is not there; may be `from`
 */
export async function unpackChromium(from: string, into: string): Promise<void> {
  await mkdir(into, { recursive: true });
  await removeOrphanedFolders(into, ASIDE_PREFIX);
  const aside = await makeOwnedFolder(into, ASIDE_PREFIX);
  try {
    await Promise.all([
      unpack(join(from, "chromium.br"), createWriteStream(join(aside, PROGRAM), { mode: 0o755 })),
      unpack(join(from, "al2023.tar.br"), extract(aside, { chown: false })),
      unpack(join(from, "fonts.tar.br"), extract(aside, { chown: false })),
    ]);
    await writeFile(join(aside, "fonts.conf"), fontsConf(join(resolve(into), "fonts")));
    const names = (await readdir(aside)).filter((name) => name !== PROGRAM);
    for (const name of [...names, PROGRAM]) await put(join(aside, name), join(into, name));
  } finally {
    await removeFolder(aside);
  }
}

async function unpack(file: string, to: NodeJS.WritableStream): Promise<void> {
  // Large pieces: the program alone is 200 MB.
  await pipeline(createReadStream(file), createBrotliDecompress({ chunkSize: 2 ** 21 }), to);
}

/** Moves a file or folder in place. A folder that is there already was put there by another process, and is the same. */
async function put(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}

/** The machine's fonts, and the one that came along. What fontconfig keeps for itself goes into Chromium's own home. */
function fontsConf(folder: string): string {
  const path = folder.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <cachedir prefix="xdg">fontconfig</cachedir>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${path}</dir>
</fontconfig>
`;
}
