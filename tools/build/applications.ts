import { existsSync } from "node:fs";
import { chmod, cp, link, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions } from "esbuild";

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL("../..", import.meta.url));

interface Application {
  /** Files that `dist/<name>/` gets as bundles: output name to source, relative to `app-src/<name>/`. */
  readonly bundles: Readonly<Record<string, string>>;
  /** Module specifiers of WebAssembly codecs, copied into `codecs/`. Default: none. */
  readonly codecs?: readonly string[];
  /** Whether `chromium/` gets Chromium, packed as its package brings it. Default: no. */
  readonly chromium?: boolean;
}

/** What is built of each application for its image. A folder `web/` with an `app.ts` becomes `public/`. */
const BUILT: Readonly<Record<string, Application>> = {
  imagery: {
    bundles: { server: "server/main.ts", worker: "worker/main.ts", "worker-thread": "worker/thread.ts" },
    codecs: ["@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm", "@jsquash/png/codec/pkg/squoosh_png_bg.wasm"],
  },
  url2png: {
    bundles: { worker: "worker/main.ts", "unpack-chromium": "browser/unpack.ts" },
    chromium: true,
  },
};

/** Programs of others: their image installs them, and there is nothing to build. */
export const READY_MADE: readonly string[] = ["jenkins", "wordpress"];

/** The applications that have something in `dist/`. */
export const BUILT_APPLICATION_NAMES: readonly string[] = Object.keys(BUILT);

/** The applications that have an image, `images/<name>.pkr.hcl`. */
export const APPLICATION_NAMES: readonly string[] = [...BUILT_APPLICATION_NAMES, ...READY_MADE].sort();

/** Static files of a web page that are served as they are. */
const STATIC = new Set([".html", ".css", ".svg", ".ico", ".png", ".webmanifest"]);

const nodeOptions: BuildOptions = {
  platform: "node",
  format: "esm",
  target: "node20",
  bundle: true,
  sourcemap: true,
  logLevel: "warning",
};

/** CommonJS packages inside an ES module bundle call require(); Node offers it only through createRequire. */
export const REQUIRE =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

export interface BuildPlace {
  /** Folder that gets a folder for each application. Default: `dist` of this project. */
  readonly into?: string;
  /** A line of comment at the head of every program, which tells one build from another. Default: none. */
  readonly mark?: string;
  /** Names of the applications to build, of which those without anything to build are left out. Default: all. */
  readonly only?: readonly string[];
}

/**
 * Bundles the applications of `app-src/`, each into a folder of its own, which runs with nothing but Node beside it.
 * @returns the applications built and their folders, relative to the working directory
 */
export async function buildApplications({
  into = join(root, "dist"),
  mark,
  only = APPLICATION_NAMES,
}: BuildPlace = {}): Promise<{ name: string; folder: string }[]> {
  const wanted = Object.entries(BUILT).filter(([name]) => only.includes(name));
  return Promise.all(
    wanted.map(async ([name, application]) => {
      const folder = join(into, name);
      await mkdir(into, { recursive: true });
      // Built aside and put in place whole: a build that fails, or one beside a running service, leaves no half of a folder.
      const aside = await mkdtemp(`${folder}-`);
      try {
        await buildInto(aside, join(root, "app-src", name), application, mark);
        await chmod(aside, 0o755); // mkdtemp lets only the owner in, and on a machine the service's user has to read it
        await rm(folder, { recursive: true, force: true });
        await rename(aside, folder);
      } catch (error) {
        await rm(aside, { recursive: true, force: true });
        throw error;
      }
      return { name, folder: relative(process.cwd(), folder) };
    }),
  );
}

async function buildInto(
  folder: string,
  source: string,
  { bundles, codecs = [], chromium = false }: Application,
  mark: string | undefined,
): Promise<void> {
  const web = join(source, "web");
  await Promise.all([
    writeFile(join(folder, "package.json"), `${JSON.stringify({ type: "module" })}\n`),
    build({
      ...nodeOptions,
      banner: { js: mark === undefined ? REQUIRE : `// ${mark}\n${REQUIRE}` },
      entryPoints: Object.fromEntries(Object.entries(bundles).map(([output, file]) => [output, join(source, file)])),
      outdir: folder,
    }),
    existsSync(web) ? buildPage(web, join(folder, "public")) : undefined,
    ...codecs.map((codec) => cp(require.resolve(codec), join(folder, "codecs", basename(codec)))),
    chromium ? placeChromium(join(folder, "chromium")) : undefined,
  ]);
}

/** Puts every file of the package's `bin/` into a folder. Only its program is exported, so that is what leads there. */
async function placeChromium(folder: string): Promise<void> {
  const packed = join(dirname(require.resolve("@sparticuz/chromium")), "../../bin");
  await mkdir(folder);
  await Promise.all(
    (await readdir(packed)).map(async (file) => {
      const [from, to] = [join(packed, file), join(folder, file)];
      // A second name for the same 65 MB, because every run of the tests makes this folder anew. Where there can be none, on
      // another file system or for somebody else's files, it is a copy.
      await link(from, to).catch(() => cp(from, to));
    }),
  );
}

async function buildPage(source: string, folder: string): Promise<void> {
  await build({
    entryPoints: [join(source, "app.ts")],
    outdir: folder,
    platform: "browser",
    format: "esm",
    target: "es2022",
    bundle: true,
    minify: true,
    sourcemap: true,
    logLevel: "warning",
  });
  const files = (await readdir(source)).filter((file) => STATIC.has(extname(file)));
  await Promise.all(files.map((file) => cp(join(source, file), join(folder, file))));
}
