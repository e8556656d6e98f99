import { cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, extname, join } from "node:path";
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

/** Static files of a web page that are served as they are. */
const STATIC = new Set([".html", ".css", ".svg", ".ico", ".png", ".webmanifest"]);

const nodeOptions: BuildOptions = {
  platform: "node",
  format: "esm",
  target: "node20",
  bundle: true,
  sourcemap: true,
  logLevel: "warning",
  // CommonJS packages inside an ES module bundle call require(); Node offers it only through createRequire.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
};

/**
 * Bundles every application of `app-src/` into `dist/<name>/`, which runs with nothing but Node beside it.
 * @returns the applications built and their folders
 */
export async function buildApplications(): Promise<{ name: string; folder: string }[]> {
  return Promise.all(
    Object.entries(APPLICATIONS).map(async ([name, application]) => {
      const source = join(root, "app-src", name);
      const folder = join(root, "dist", name);
      await rm(folder, { recursive: true, force: true });
      await mkdir(join(folder, "codecs"), { recursive: true });
      await writeFile(join(folder, "package.json"), `${JSON.stringify({ type: "module" })}\n`);
      await Promise.all([
        build({
          ...nodeOptions,
          entryPoints: Object.fromEntries(
            Object.entries(application.bundles).map(([output, file]) => [output, join(source, file)]),
          ),
          outdir: folder,
        }),
        buildPage(join(source, "web"), join(folder, "public")),
        ...application.codecs.map((codec) => cp(require.resolve(codec), join(folder, "codecs", basename(codec)))),
      ]);
      return { name, folder: `dist/${name}` };
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
