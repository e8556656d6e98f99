import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { lintWorkflows, workflowFiles } from "../../tools/review/actionlint";
import { root } from "./support/workflows";

const installed = spawnSync("actionlint", ["-version"]).status === 0;

describe("actionlint", () => {
  it("has nothing to say about the workflows", async () => {
    const files = workflowFiles(root);
    expect(files.length).toBeGreaterThanOrEqual(6);
    expect(await lintWorkflows(root, files)).toEqual([]);
  });

  it("would find a mistake", async () => {
    const folder = mkdtempSync(join(tmpdir(), "steadfast-workflows-"));
    try {
      mkdirSync(join(folder, ".github/workflows"), { recursive: true });
      const job = "jobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo ${{ nothing.here }}\n";
      writeFileSync(join(folder, ".github/workflows/bad.yml"), `on: push\n${job}`);
      const problems = await lintWorkflows(folder, workflowFiles(folder));
      expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining('undefined variable "nothing"')]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  if (!installed) {
    const how = "go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";
    it.skip(`the program itself, with shellcheck on every step (skipped: not installed; ${how})`, () => undefined);
    return;
  }

  it("the program itself, with shellcheck on every step, has nothing to say either", () => {
    const { stdout, status } = spawnSync("actionlint", ["-no-color"], { cwd: root, encoding: "utf8" });
    expect([stdout, status]).toEqual(["", 0]);
  });
});
