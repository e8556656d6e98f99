import { Command } from "commander";
import { act, environmentOption, type EnvironmentOption } from "../command";

export const historyCommand = new Command("history")
  .description("Shows which images were published for an environment, by whom and why; the newest first.")
  .argument("<application>", "application of images/")
  .addOption(environmentOption("whose history to show"))
  .option("--json", "print the result as JSON")
  .action(
    act(async (application: string, options: EnvironmentOption) => {
      const { historyAction } = await import("../actions/history");
      return historyAction(application, options);
    }),
  );
