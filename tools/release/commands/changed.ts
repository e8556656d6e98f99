import { Command } from "commander";
import { act, environmentOption, type EnvironmentOption } from "../command";

export const changedCommand = new Command("changed")
  .description("Lists the applications whose content in this working tree is not what an environment has published.")
  .addOption(environmentOption("to compare with"))
  .option("--json", "print the result as JSON")
  .action(
    act(async (options: EnvironmentOption) => {
      const { changedAction } = await import("../actions/changed");
      return changedAction(options);
    }),
  );
