import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FailedError } from "../../release/errors";
import { run } from "../../release/process";

/** The stacks of one environment as they were synthesized, by name, in a form in which two checkouts can be compared. */
export type Synthesis = ReadonlyMap<string, string>;

/**
 * Synthesizes an environment of a checkout in a process of its own, so that it is that checkout's code that does it.
 * @param checkout folder with main.ts and node_modules
 * @throws FailedError when it cannot be synthesized
 */
export async function synthesize(checkout: string, environment: string): Promise<Synthesis> {
  const outdir = mkdtempSync(join(tmpdir(), "steadfast-compare-"));
  try {
    await run(process.execPath, ["--import", "tsx", "main.ts"], {
      cwd: checkout,
      env: { ENVIRONMENT: environment, CDKTF_OUTDIR: outdir },
      install: "Node.js runs this program, too.",
    });
    const stacks = join(outdir, "stacks");
    const names = existsSync(stacks) ? readdirSync(stacks) : [];
    return new Map(names.map((name) => [name, comparable(join(stacks, name, "cdk.tf.json"), checkout)]));
  } catch (error) {
    if (error instanceof FailedError) throw new FailedError(`${environment} cannot be synthesized: ${error.message}`);
    throw error;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** Without CDKTF's notes on where something comes from, and without the folder's name in the path of a local state. */
function comparable(file: string, checkout: string): string {
  const json: unknown = JSON.parse(readFileSync(file, "utf8"));
  return JSON.stringify(json, (key, value: unknown) => {
    if (key === "//") return undefined;
    return isObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
  }).replaceAll(JSON.stringify(`${checkout}/`).slice(1, -1), "");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
