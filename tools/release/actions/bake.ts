import { loadEnvironment } from "../../../environments";
import { awsClients } from "../aws/clients";
import { bake } from "../bake/bake";
import { type Result, say, show } from "../command";
import type { Options } from "../commands/bake";
import { interruptible } from "../display/interruptible";

/** `npm run release -- bake` */
export async function bakeAction(application: string, { freshBase, env }: Options): Promise<Result> {
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
}
