import { loadEnvironment } from "../../../environments";
import { awsClients, type AwsClients } from "../aws/clients";
import { imagesOf } from "../aws/images";
import { currentContent, imageWith } from "../bake/bake";
import type { Result } from "../command";
import type { Options } from "../commands/publish";
import { RefusedError } from "../errors";
import { publish } from "../publish";

/** `npm run release -- publish` */
export async function publishAction(application: string, { env, ami, reason }: Options): Promise<Result> {
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
}

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
