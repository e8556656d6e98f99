import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp } from "../../../main";
import { SynthesizedStack } from "./synthesized";

/** Synthesizes every stack of the app into a temporary folder, reads them, and removes it. */
export function synthesizeStacks(): Map<string, SynthesizedStack> {
  const outdir = mkdtempSync(join(tmpdir(), "steadfast-synth-"));
  try {
    const app = createApp({ outdir });
    app.synth();
    const names = app.node.children.map((child) => child.node.id);
    return new Map(names.map((name) => [name, SynthesizedStack.read(outdir, name)]));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
