import { chmod, cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions } from "esbuild";

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL("../..", import.meta.url));

interface Application {
  /** Files that `dist/<name>/` gets as bundles: output name to source, relative to `app-src/<name>/`. */
  readonly bundles: Readonly<Record<string, string>>;
  /** Module specifiers of WebAssembly codecs, copied into `codecs/`. */
  readonly codecs: readonly string[];
}

/** What is baked into each application's image. A folder `web/` with an `app.ts` becomes `public/`. */
const APPLICATIONS: Readonly<Record<string, Application>> = {
  imagery: {
    bundles: { server: "server/main.ts", worker: "worker/main.ts", "worker-thread": "worker/thread.ts" },
    codecs: ["@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm", "@jsquash/png/codec/pkg/squoosh_png_bg.wasm"],
  },
};

export const APPLICATION_NAMES: readonly string[] = Object.keys(APPLICATIONS);

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
const REQUIRE =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

export interface BuildPlace {
  /** Folder that gets a folder for each application. Default: `dist` of this project. */
  readonly into?: string;
  /** A line of comment at the head of every program, which tells one build from another. Default: none. */
  readonly mark?: string;
}

/**
 * Bundles every application of `app-src/` into a folder of its own, which runs with nothing but Node beside it.
 * @returns the applications built and their folders, relative to the working directory
 */
export async function buildApplications({ into = join(root, "dist"), mark }: BuildPlace = {}): Promise<
  { name: string; folder: string }[]
> {
  return Promise.all(
    Object.entries(APPLICATIONS).map(async ([name, application]) => {
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
  { bundles, codecs }: Application,
  mark: string | undefined,
): Promise<void> {
  await mkdir(join(folder, "codecs"));
  await Promise.all([
    writeFile(join(folder, "package.json"), `${JSON.stringify({ type: "module" })}\n`),
    build({
      ...nodeOptions,
      banner: { js: mark === undefined ? REQUIRE : `// ${mark}\n${REQUIRE}` },
      entryPoints: Object.fromEntries(Object.entries(bundles).map(([output, file]) => [output, join(source, file)])),
      outdir: folder,
    }),
    buildPage(join(source, "web"), join(folder, "public")),
    ...codecs.map((codec) => cp(require.resolve(codec), join(folder, "codecs", basename(codec)))),
  ]);
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
