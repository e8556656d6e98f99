import { Command } from "commander";
import { act, environmentOption, type EnvironmentOption } from "../command";

export interface Options extends EnvironmentOption {
  readonly ami?: string;
  readonly reason?: string;
}

export const publishCommand = new Command("publish")
  .description("Makes an image the one that an environment runs from its next deployment on.")
  .argument("<application>", "application of images/")
  .addOption(environmentOption("that is to run the image"))
  .option("--ami <image>", "AMI id (default: the image of what is in this working tree)")
  .option("--reason <text>", "why, for the history")
  .option("--json", "print the result as JSON")
  .action(
    act(async (application: string, options: Options) => {
      const { publishAction } = await import("../actions/publish");
      return publishAction(application, options);
    }),
  );
