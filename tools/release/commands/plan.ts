import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { act, environmentOption, show, type EnvironmentOption } from "../command";
import { interruptible } from "../display/interruptible";
import { readPlan } from "../terraform/plan-file";
import { synthesizeStack } from "../terraform/stack-facts";
import { Terraform } from "../terraform/terraform";

interface Options extends EnvironmentOption {
  readonly out: string;
  readonly readOnly?: true;
}

export const planCommand = new Command("plan")
  .description("Works out what a deployment would change, into files that can be reviewed and then deployed.")
  .argument("<stack>", "stack of stacks/")
  .addOption(environmentOption("to plan for"))
  .requiredOption("--out <folder>", "where <stack>.<environment>.tfplan, .json and .txt are written")
  .option("--read-only", "do not lock the state, for a role that may not write it")
  .option("--json", "print the result as JSON")
  .action(
    act(async (name: string, { env, out, readOnly }: Options) => {
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
    }),
  );
