import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp } from "../../main";
import { STACKS } from "../../stacks";
import { SynthesizedStack } from "../local/terraform/synthesized";
import { RefusedError } from "../release/errors";

/**
 * Synthesizes stacks of an environment into a temporary folder, reads them, and removes it.
 * @param names Default: all
 * @throws RefusedError for a name that no stack has; SettingsError for an environment that is not valid
 */
export function synthesizeStacks(environment: string, names = Object.keys(STACKS)): SynthesizedStack[] {
  const unknown = names.filter((name) => !Object.hasOwn(STACKS, name));
  if (unknown.length > 0) {
    throw new RefusedError(
      `there is no stack ${unknown.map((name) => `"${name}"`).join(", ")}; there are: ${Object.keys(STACKS).join(", ")}`,
    );
  }
  const outdir = mkdtempSync(join(tmpdir(), "steadfast-resilience-"));
  try {
    const app = createApp({ outdir, environment, stacks: names });
    app.synth();
    return app.node.children.map(({ node: { id } }) => SynthesizedStack.read(outdir, id));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
