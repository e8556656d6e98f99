import { Command } from "commander";
import { act, environmentOption, type EnvironmentOption } from "../command";

export interface Options extends EnvironmentOption {
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
    act(async (stack: string, options: Options) => {
      const { planAction } = await import("../actions/plan");
      return planAction(stack, options);
    }),
  );
