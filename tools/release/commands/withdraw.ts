import { Command } from "commander";
import { act, environmentOption, type EnvironmentOption } from "../command";

export const withdrawCommand = new Command("withdraw")
  .description(
    "After a plan was not approved, or came to nothing: publishes the image that runs again, unless the published one runs already.",
  )
  .argument("<application>", "application of images/")
  .addOption(environmentOption("whose publication to take back"))
  .option("--json", "print the result as JSON")
  .action(
    act(async (application: string, options: EnvironmentOption) => {
      const { withdrawAction } = await import("../actions/withdraw");
      return withdrawAction(application, options);
    }),
  );
