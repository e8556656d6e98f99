import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { ENVIRONMENT_NAMES } from "../../environments";
import { FailedError } from "../release/errors";
import { run } from "../release/process";
import { synthesizeStacks } from "../release/terraform/synthesize";

const INSTALL = "Terraform 1.11 or newer is needed: https://developer.hashicorp.com/terraform/install";

/** How one stack has done. */
export interface Validation {
  readonly stack: string;
  readonly environment: string;
  /** What Terraform says; undefined when the stack is valid */
  readonly problem: string | undefined;
}

/**
 * Runs `terraform validate` on every stack of every environment: the provider's own schema, without credentials or state.
 * @param onResult told of each stack as it is done
 */
export async function validateStacks(onResult: (validation: Validation) => void): Promise<Validation[]> {
  // One download of the provider for all of them; it is half a gigabyte.
  const cache = process.env.TF_PLUGIN_CACHE_DIR ?? join(homedir(), ".terraform.d", "plugin-cache");
  mkdirSync(cache, { recursive: true });
  const results: Validation[] = [];
  for (const environment of ENVIRONMENT_NAMES) {
    for (const { name, folder } of synthesizeStacks(environment)) {
      const problem = await problemOf(folder, cache);
      const validation = { stack: name, environment, problem };
      onResult(validation);
      results.push(validation);
    }
  }
  return results;
}

async function problemOf(folder: string, cache: string): Promise<string | undefined> {
  const terraform = (...args: string[]) =>
    run(process.env.TERRAFORM_BINARY_NAME ?? "terraform", args, {
      cwd: folder,
      env: { TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1", TF_PLUGIN_CACHE_DIR: cache },
      install: INSTALL,
    });
  try {
    await terraform("init", "-backend=false", "-input=false", "-no-color");
    await terraform("validate", "-no-color");
    return undefined;
  } catch (error) {
    if (error instanceof FailedError) return error.message;
    throw error;
  }
}
