import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Result, show } from "../command";
import type { Options } from "../commands/plan";
import { interruptible } from "../display/interruptible";
import { readPlan } from "../terraform/plan-file";
import { synthesizeStack } from "../terraform/synthesize";
import { Terraform } from "../terraform/terraform";

/** `npm run release -- plan` */
export async function planAction(name: string, { env, out, readOnly }: Options): Promise<Result> {
  const stack = synthesizeStack(name, env);
  const file = (extension: string) => join(resolve(out), `${name}.${env}.${extension}`);
  await mkdir(out, { recursive: true });
  const terraform = new Terraform(stack.folder, { show });
  await interruptible(async (signal) => {
    await terraform.init(signal);
    await terraform.plan(file("tfplan"), readOnly !== true, signal);
  });
  const json = await terraform.showJson(file("tfplan"));
  const text = await terraform.showText(file("tfplan"));
  await writeFile(file("json"), JSON.stringify(json));
  await writeFile(file("txt"), text);
  const { changes } = readPlan(json, stack);
  const files = { plan: file("tfplan"), json: file("json"), text: file("txt") };
  return {
    json: { stack: name, environment: env, changes, files },
    text: `${text.trimEnd()}\n\n${name} ${env}: ${changes === 0 ? "nothing to change" : `${changes} to change`} (${files.plan})`,
  };
}
