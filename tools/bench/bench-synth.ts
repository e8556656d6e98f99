import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { median, start, treeMemory } from "./processes";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ROUNDS = 3;

interface Cost {
  readonly seconds: number;
  /** Of the whole process tree, at its highest; 0 where the system does not tell. */
  readonly megabytes: number;
}

/** Time and memory of synthesis: plain `node` on a bundle, tsx, and the CDKTF command around it. */
export async function benchSynth(): Promise<void> {
  console.log(`synth: median of ${ROUNDS}`);
  const folder = await mkdtemp(join(tmpdir(), "steadfast-bench-"));
  try {
    const bundle = join(ROOT, "node_modules", ".cache", `steadfast-bench-${process.pid}.mjs`);
    await build({
      entryPoints: [join(ROOT, "main.ts")],
      outfile: bundle,
      platform: "node",
      format: "esm",
      target: "node20",
      bundle: true,
      logLevel: "error",
      banner: {
        js: [
          'import { createRequire as __createRequire } from "node:module"; import { dirname as __dir } from "node:path";',
          "const require = __createRequire(import.meta.url); const __filename = process.argv[1]; const __dirname = __dir(__filename);",
        ].join("\n"),
      },
    });
    const ways: Readonly<Record<string, readonly string[]>> = {
      "node, one bundle": [process.execPath, bundle],
      "npx tsx main.ts": ["npx", "tsx", "main.ts"],
      "npx cdktf synth": ["npx", "cdktf", "synth", "--output", folder],
    };
    const costs = new Map<string, Cost[]>(Object.keys(ways).map((way) => [way, []]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const [way, command] of Object.entries(ways)) costs.get(way)?.push(await measure(command, folder));
    }
    await rm(bundle);
    const medianOf = (way: string): Cost => {
      const each = costs.get(way) ?? [];
      return {
        seconds: median(each.map(({ seconds }) => seconds)),
        megabytes: median(each.map((cost) => cost.megabytes)),
      };
    };
    const whole = medianOf("npx cdktf synth");
    for (const way of Object.keys(ways)) {
      const { seconds, megabytes } = medianOf(way);
      const ratios = `${(whole.seconds / seconds).toFixed(1)} × as fast, ${(megabytes / whole.megabytes).toFixed(2)} of the memory`;
      console.log(
        `  ${way.padEnd(20)} ${seconds.toFixed(2).padStart(6)} s ${megabytes.toFixed(0).padStart(5)} MB   against cdktf synth: ${ratios}`,
      );
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function measure([command = "", ...args]: readonly string[], outdir: string): Promise<Cost> {
  const started = performance.now();
  const child = start(command, args, {
    cwd: ROOT,
    env: { ...process.env, CDKTF_OUTDIR: outdir, CHECKPOINT_DISABLE: "1", NODE_NO_WARNINGS: "1" },
    stdio: "ignore",
  });
  let megabytes = 0;
  const sampler = setInterval(() => {
    if (process.platform === "linux" && child.pid !== undefined) megabytes = Math.max(megabytes, treeMemory(child.pid));
  }, 50);
  const [code] = (await once(child, "exit")) as [number | null];
  clearInterval(sampler);
  const seconds = (performance.now() - started) / 1000;
  await rm(join(outdir, "manifest.json")); // there is one only if something was synthesized
  if (code !== 0) throw new Error(`${[command, ...args].join(" ")} ended with ${String(code)}`);
  return { seconds, megabytes };
}
