import { Command } from "commander";
import { loadEnvironment } from "../../../environments";
import { awsClients } from "../aws/clients";
import { bake, BASE } from "../bake/bake";
import { act, environmentOption, say, show } from "../command";
import { interruptible } from "../display/interruptible";

interface Options {
  readonly freshBase?: true;
  readonly env: string;
}

export const bakeCommand = new Command("bake")
  .description("Builds an application and bakes it into a machine image with Packer. The same content is baked once.")
  .argument("<application>", `application of app-src/, or "${BASE}" for the layer below all of them`)
  .option("--fresh-base", "bake the base layer from today's Amazon Linux first, for its security updates")
  .addOption(environmentOption("whose region the image is baked in").makeOptionMandatory(false).default("dev"))
  .option("--json", "print the result as JSON")
  .action(
    act(async (application: string, { freshBase, env }: Options) => {
      const { region } = loadEnvironment(env);
      const { image, existed } = await interruptible((signal) =>
        bake(application, freshBase === true, { clients: awsClients(region), region, say, show, signal }),
      );
      const { id, version = "", commit = "", parent = "" } = image;
      return {
        json: { app: application, version, commit, image: id, parent, existed },
        text: [
          `${application} ${version}: ${id}${existed ? " (this content was baked before)" : ""}`,
          `  commit ${commit}`,
          `  parent ${parent}`,
        ].join("\n"),
      };
    }),
  );
