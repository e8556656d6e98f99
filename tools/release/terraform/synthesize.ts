import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { createApp } from "../../../main";
import { STACKS } from "../../../stacks";
import { SynthesizedStack } from "../../local/terraform/synthesized";
import { RefusedError } from "../errors";
import { applicationsOf, readFacts, type StackFacts } from "./stack-facts";

/**
 * The stacks of an environment, synthesized into a folder of its own below `cdktf.out`: two environments do not share
 * Terraform's working files.
 * @param stacks which of them. Default: all
 */
export function synthesizeStacks(environment: string, stacks = Object.keys(STACKS)): StackFacts[] {
  const outdir = resolve("cdktf.out", environment);
  mkdirSync(outdir, { recursive: true });
  const app = createApp({ outdir, environment, stacks });
  app.synth();
  return app.node.children.map(({ node: { id } }) =>
    readFacts(SynthesizedStack.read(outdir, id), environment, resolve(outdir, "stacks", id)),
  );
}

/** @throws RefusedError when there is no such stack */
export function synthesizeStack(name: string, environment: string): StackFacts {
  const [found] = synthesizeStacks(environment, [name]);
  if (found) return found;
  throw new RefusedError(`there is no stack "${name}"; there are: ${Object.keys(STACKS).join(", ")}`);
}

/**
 * The stacks with groups that run an application's released image.
 * @throws RefusedError when there is none
 */
export function stacksThatRun(application: string, environment: string): StackFacts[] {
  const stacks = synthesizeStacks(environment);
  const found = stacks.filter((stack) => applicationsOf(stack).includes(application));
  if (found.length > 0) return found;
  const known = [...new Set(stacks.flatMap(applicationsOf))];
  throw new RefusedError(`no stack runs an application "${application}"; they run: ${known.join(", ")}`);
}
