import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp } from "../../../main";
import { SynthesizedStack } from "./synthesized";

/**
 * Synthesizes stacks of the app into a temporary folder, reads them, and removes it.
 * @param wanted names of those that are wanted; others cost time. Default: all
 */
export function synthesizeStacks(wanted?: readonly string[]): Map<string, SynthesizedStack> {
  const outdir = mkdtempSync(join(tmpdir(), "steadfast-synth-"));
  try {
    const app = createApp({ outdir, ...(wanted && { stacks: wanted }) });
    app.synth();
    const names = app.node.children.map((child) => child.node.id);
    return new Map(names.map((name) => [name, SynthesizedStack.read(outdir, name)]));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** One stack of the app; undefined when there is none of this name. */
export function synthesizeStack(name: string): SynthesizedStack | undefined {
  return synthesizeStacks([name]).get(name);
}
