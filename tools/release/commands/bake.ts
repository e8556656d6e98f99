import { Command } from "commander";
import { BASE } from "../bake/base";
import { act, environmentOption, type EnvironmentOption } from "../command";

export interface Options extends EnvironmentOption {
  readonly freshBase?: true;
}

export const bakeCommand = new Command("bake")
  .description("Builds an application and bakes it into a machine image with Packer. The same content is baked once.")
  .argument("<application>", `application of images/, or "${BASE}" for the layer below all of them`)
  .option("--fresh-base", "bake the base layer from today's Amazon Linux first, for its security updates")
  .addOption(environmentOption("whose region the image is baked in").makeOptionMandatory(false).default("dev"))
  .option("--json", "print the result as JSON")
  .action(
    act(async (application: string, options: Options) => {
      const { bakeAction } = await import("../actions/bake");
      return bakeAction(application, options);
    }),
  );
