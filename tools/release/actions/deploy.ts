import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { StackTrial } from "../aws-world";
import { type Result, say } from "../command";
import type { DeployOptions } from "../commands/deploy";
import { deployStack, reportOf } from "../deploy-stack";
import { RefusedError } from "../errors";
import { synthesizeStack } from "../terraform/synthesize";

/** Time for a smoke test. */
const SMOKE_TEST_MS = 120_000;

/** `npm run release -- deploy` */
export async function deployAction(name: string, options: DeployOptions): Promise<Result> {
  const planFile = options.plan === undefined ? undefined : existing(options.plan);
  if (options.smoke === true && options.urlTimeout === 0) {
    throw new RefusedError("--smoke needs the stack's URL, which --url-timeout 0 does not ask");
  }
  const stack = synthesizeStack(name, options.env);
  const report = await deployStack(stack, {
    planFile,
    yes: options.yes === true,
    timeoutMinutes: options.timeout,
    urlTimeout: options.urlTimeout,
    smokeTest: options.smoke === true ? await smokeTestFor(name) : undefined,
    rollBack: options.rollback,
  });
  return reportOf(stack, report);
}

/** A file as it is named where the command was given; Terraform runs elsewhere. */
function existing(file: string): string {
  const path = resolve(file);
  if (existsSync(path)) return path;
  throw new RefusedError(`there is no plan ${path}`);
}

/** Loaded only when it is asked for: it brings a library for images. */
async function smokeTestFor(stack: string): Promise<StackTrial> {
  const { smokeTestOf } = await import("../../smoke/smoke-tests");
  const test = smokeTestOf(stack);
  return (url, outputs) => test(url, { deadline: Date.now() + SMOKE_TEST_MS, say, outputs });
}
