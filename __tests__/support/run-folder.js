import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** Jest's global set-up: a folder that all suites of one run share, named by TEST_RUN_FOLDER, and removed at its end. */
export default function makeRunFolder() {
  const folder = mkdtempSync(join(tmpdir(), "steadfast-test-run-"));
  process.env.TEST_RUN_FOLDER = folder;
  process.on("exit", () => {
    rmSync(folder, { recursive: true, force: true });
  });
}
