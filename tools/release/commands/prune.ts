import { Command, InvalidArgumentError } from "commander";
import { act, environmentOption, type EnvironmentOption } from "../command";

export interface Options extends EnvironmentOption {
  readonly delete?: true;
  readonly keep: number;
  readonly olderThan: number;
}

export const pruneCommand = new Command("prune")
  .description(
    "Shows which images nothing needs any more, and with --delete removes them and their snapshots. Kept are images that a " +
      "launch template version in use, an instance or a published parameter refers to, the last values of each parameter, the " +
      "newest of each application, young ones, and all that were not baked here.",
  )
  .addOption(environmentOption("whose region and account to clean").makeOptionMandatory(false).default("dev"))
  .option("--delete", "delete; without it nothing is changed")
  .option("--keep <values>", "how many values of each parameter keep their images", atLeastOne, 5)
  .option("--older-than <days>", "keep what is younger", atLeastOne, 30)
  .option("--json", "print the result as JSON")
  .action(
    act(async (options: Options) => {
      const { pruneAction } = await import("../actions/prune");
      return pruneAction(options);
    }),
  );

function atLeastOne(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("It must be a whole number, at least 1.");
  return value;
}
