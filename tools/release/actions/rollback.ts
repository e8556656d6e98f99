import { loadEnvironment } from "../../../environments";
import { awsClients, type AwsClients } from "../aws/clients";
import { imagesOf } from "../aws/images";
import { publications, toHistory } from "../aws/parameters";
import type { Result } from "../command";
import type { Options } from "../commands/rollback";
import { deployStack, reportOf } from "../deploy-stack";
import { stacksThatStand } from "../deployed-stacks";
import { RefusedError } from "../errors";
import { publish } from "../publish";
import { previousImage } from "../rollout/previous-image";
import { stacksThatRun } from "../terraform/synthesize";

/** `npm run release -- rollback` */
export async function rollbackAction(application: string, options: Options): Promise<Result> {
  const { env, to, publishOnly } = options;
  const clients = awsClients(loadEnvironment(env).region);
  const stacks = stacksThatRun(application, env);
  const image = await earlierImage(clients, env, application, to);
  const published = await publish(clients, {
    application,
    environment: env,
    image,
    why: "rollback",
    takesBack: true,
  });
  const { previous = "none", image: baked } = published;
  const done = `${application} ${env}: ${image} (${baked.version ?? "no version"}) is published again, after ${previous}`;
  if (publishOnly === true) {
    return { json: { app: application, environment: env, image, previous, deployed: [] }, text: done };
  }
  const results = [];
  for (const stack of await stacksThatStand(clients, stacks)) {
    const report = await deployStack(stack, {
      yes: options.yes === true,
      timeoutMinutes: options.timeout,
      urlTimeout: options.urlTimeout,
      // Putting back what is being rolled back would help nobody.
      rollBack: false,
    });
    results.push(reportOf(stack, report));
  }
  return {
    json: { app: application, environment: env, image, previous, deployed: results.map(({ json }) => json) },
    text: [done, ...results.map(({ text }) => text)].join("\n"),
    exitCode: Math.max(0, ...results.map(({ exitCode = 0 }) => exitCode)),
  };
}

async function earlierImage(
  clients: AwsClients,
  environment: string,
  application: string,
  to: string | undefined,
): Promise<string> {
  const history = toHistory(await publications(clients.ssm, environment, application));
  if (to === undefined) {
    const image = previousImage(history, []);
    if (image !== undefined) return image;
    throw new RefusedError(
      `${application} has no earlier image in ${environment}: only ${history.published} was ever published`,
    );
  }
  const images = await imagesOf(clients.ec2, application);
  const found = images.find(({ id, version }) => id === to || version === to);
  if (found) return found.id;
  throw new RefusedError(
    `there is no image of ${application} with the version or id "${to}"; there are: ` +
      (images.map(({ version, id }) => `${version ?? "no version"} (${id})`).join(", ") || "none"),
  );
}
