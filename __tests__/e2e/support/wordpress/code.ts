import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { WORDPRESS } from "./programs";

const IMAGE = fileURLToPath(new URL("../../../../images/wordpress", import.meta.url));

/** What Debian has of its own in WordPress's folder. */
const DEBIANS = ["wp-config.php", ".htaccess"];

/** As whoever runs the tests: the servers' account may not write here, as on a machine. */
const copy = async (...parameters: string[]): Promise<unknown> => promisify(execFile)("cp", parameters);

/** Lays Debian's WordPress and the image's files out in a folder as the image does in /opt/wordpress. */
export async function layOut(code: string): Promise<void> {
  mkdirSync(code);
  await copy("-R", `${IMAGE}/.`, code);
  const site = join(code, "public");
  mkdirSync(site);
  const names = readdirSync(WORDPRESS).filter((name) => !DEBIANS.includes(name));
  // Debian links to packages of its own.
  await copy("-RL", ...names.map((name) => join(WORDPRESS, name)), site);
}

/** What was laid out, for one machine: the same files, with links to what is this machine's and what all share. */
export async function copyFor(code: string, laidOut: string, runtime: string, shared: string): Promise<void> {
  await copy("-Rl", laidOut, code);
  const content = join(code, "public/wp-content");
  for (const dropIn of ["object-cache.php", "db-error.php"]) symlinkSync(join(code, dropIn), join(content, dropIn));
  symlinkSync(join(shared, "uploads"), join(content, "uploads"));
  symlinkSync(join(runtime, "wp-config.php"), join(code, "wp-config.php"));
}
