import { Command } from "commander";
import { act, environmentOption } from "../command";

export interface Options {
  readonly env?: string;
}

export const statusCommand = new Command("status")
  .description("Shows what is published, what runs, and how far replacements are.")
  .argument("[stack]", "stack of stacks/ (default: all that run machines)")
  .addOption(environmentOption("to show (default: all)").makeOptionMandatory(false))
  .option("--json", "print the result as JSON")
  .action(
    act(async (stack: string | undefined, options: Options) => {
      const { statusAction } = await import("../actions/status");
      return statusAction(stack, options);
    }),
  );
