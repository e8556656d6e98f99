import { callerOf, type AwsClients } from "./aws/clients";
import { imageById, type BakedImage } from "./aws/images";
import { imageParameter, publications, putImage, takingBack } from "./aws/parameters";
import { RefusedError } from "./errors";

export interface Publishing {
  readonly application: string;
  readonly environment: string;
  /** AMI id */
  readonly image: string;
  /** Ends up in the history. Default: nothing */
  readonly why?: string;
  /** Whether what is published now was a mistake: no rollback ever goes there by itself. Default: false */
  readonly takesBack?: boolean;
}

export interface Published {
  readonly parameter: string;
  readonly image: BakedImage;
  /** What was published before; undefined when nothing was */
  readonly previous: string | undefined;
  /** Whether the parameter was written; it is not when it names the image already */
  readonly written: boolean;
}

/**
 * Makes an image the one that an environment's stacks run from their next deployment on.
 * @throws RefusedError when the image cannot be used: it does not exist, is not available, belongs to another account or to
 * another application
 */
export async function publish(clients: AwsClients, publishing: Publishing): Promise<Published> {
  const { application, environment, why, takesBack = false } = publishing;
  const caller = await callerOf(clients);
  const image = await imageById(clients.ec2, publishing.image);
  refuseUnusable(image, application, caller.accountId);
  const previous = await publishedBefore(clients, environment, application);
  const parameter = imageParameter(environment, application);
  if (previous === image.id) return { parameter, image, previous, written: false };
  const by = process.env.GITHUB_ACTOR === undefined ? caller.arn : `${process.env.GITHUB_ACTOR} (${caller.arn})`;
  const what = `${application} ${image.version ?? image.id}`;
  const reason = why === undefined ? "" : `: ${why}`;
  await putImage(clients.ssm, {
    name: parameter,
    image: image.id,
    description: `${what} published by ${by} on ${new Date().toISOString()}${takesBack ? takingBack(previous) : ""}${reason}`,
  });
  return { parameter, image, previous, written: true };
}

function refuseUnusable(image: BakedImage, application: string, accountId: string): void {
  if (image.ownerId !== accountId) {
    throw new RefusedError(
      `${image.id} belongs to account ${image.ownerId}, not to this one (${accountId}): bake it here, or copy it here first`,
    );
  }
  if (image.state !== "available") {
    throw new RefusedError(`${image.id} is ${image.state}, not available: wait for it, or bake it again`);
  }
  if (!image.managed || image.application !== application) {
    const what =
      image.managed && image.application !== undefined ? `an image of ${image.application}` : "not baked here";
    throw new RefusedError(`${image.id} is ${what}, not an image of ${application}`);
  }
}

async function publishedBefore(
  { ssm }: AwsClients,
  environment: string,
  application: string,
): Promise<string | undefined> {
  try {
    const [newest] = await publications(ssm, environment, application);
    return newest?.image;
  } catch (error) {
    if (error instanceof RefusedError) return undefined;
    throw error;
  }
}
