import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundledCommand } from "../../../support/commands";
import { planJson, type PlanFixture } from "./plans";

export const root = fileURLToPath(new URL("../../../..", import.meta.url));

export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the review command from its bundle, with nothing of this machine's environment. */
export async function review(args: readonly string[], env: Record<string, string> = {}, cwd = root): Promise<Outcome> {
  const program = await bundledCommand("review");
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [program, ...args],
      { cwd, env: { PATH: process.env.PATH, HOME: tmpdir(), ...env } },
      (error, stdout, stderr) => {
        resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}

/** A folder that goes away. */
export class TemporaryFolder {
  readonly path = mkdtempSync(join(tmpdir(), "steadfast-review-test-"));

  /** @returns the file's path */
  write(name: string, content: string): string {
    const file = join(this.path, name);
    writeFileSync(file, content);
    return file;
  }

  /** A plan as `npm run release -- plan` writes it. */
  writePlan(fixture: PlanFixture, stack = "imagery", environment = "dev", text = "the full plan\n"): void {
    this.write(`${stack}.${environment}.json`, JSON.stringify(planJson(fixture)));
    this.write(`${stack}.${environment}.txt`, text);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
