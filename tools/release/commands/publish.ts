import { Command } from "commander";
import { loadEnvironment } from "../../../environments";
import { awsClients, type AwsClients } from "../aws/clients";
import { imagesOf } from "../aws/images";
import { currentContent, imageWith } from "../bake/bake";
import { act, environmentOption, type EnvironmentOption } from "../command";
import { RefusedError } from "../errors";
import { publish } from "../publish";

interface Options extends EnvironmentOption {
  readonly ami?: string;
  readonly reason?: string;
}

export const publishCommand = new Command("publish")
  .description("Makes an image the one that an environment runs from its next deployment on.")
  .argument("<application>", "application of app-src/")
  .addOption(environmentOption("that is to run the image"))
  .option("--ami <image>", "AMI id (default: the image of what is in this working tree)")
  .option("--reason <text>", "why, for the history")
  .option("--json", "print the result as JSON")
  .action(
    act(async (application: string, { env, ami, reason }: Options) => {
      const clients = awsClients(loadEnvironment(env).region);
      const chosen = ami ?? (await imageOfWorkingTree(clients, application));
      const { parameter, image, previous, written } = await publish(clients, {
        application,
        environment: env,
        image: chosen,
        ...(reason === undefined ? {} : { why: reason }),
      });
      const { id, version = "" } = image;
      const result = `${application} ${version}: ${id} is published for ${env} (${parameter})`;
      return {
        json: {
          app: application,
          environment: env,
          parameter,
          image: id,
          version,
          previous: previous ?? null,
          written,
        },
        text: written ? `${result}, after ${previous ?? "none"}` : `${result} already`,
      };
    }),
  );

async function imageOfWorkingTree(clients: AwsClients, application: string): Promise<string> {
  const content = await currentContent(application, { clients });
  const image = content && (await imageWith(content, clients));
  if (image) return image.id;
  const [newest] = await imagesOf(clients.ec2, application);
  const hint = newest
    ? ` The newest image is ${newest.id} (${newest.version ?? "no version"}, ${newest.createdAt.toISOString()}): --ami ${newest.id}`
    : "";
  throw new RefusedError(
    `what is in this working tree was not baked yet: npm run release -- bake ${application}, or name an image with --ami.${hint}`,
  );
}
