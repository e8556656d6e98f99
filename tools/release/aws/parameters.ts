import { setTimeout as sleep } from "node:timers/promises";
import {
  GetParameterCommand,
  LabelParameterVersionCommand,
  type ParameterHistory,
  PutParameterCommand,
  type SSMClient,
  paginateGetParameterHistory,
  paginateGetParametersByPath,
} from "@aws-sdk/client-ssm";
import { imageParameterPath } from "../../../modules/image-parameter";
import { FailedError, RefusedError } from "../errors";
import type { ImageHistory } from "../rollout/previous-image";

/** Label of the version of a parameter whose image a deployment has seen healthy. */
const HEALTHY = "healthy";
/** Characters of a parameter's description (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html). */
const MAX_DESCRIPTION = 1024;

/** What the description of a publication says that takes an image back. */
export function takingBack(image: string | undefined): string {
  return image === undefined ? "" : `, taking back ${image}`;
}

function takenBackBy({ description }: Publication): string | undefined {
  return /, taking back (ami-\w+)/.exec(description)?.[1];
}

/** One publication of an image. */
export interface Publication {
  /** Version number of the parameter, counted from 1 */
  readonly number: number;
  readonly image: string;
  readonly at: Date;
  /** Who, what and why, as `publish` wrote it */
  readonly description: string;
  /** ARN of who wrote the parameter, as SSM knows it */
  readonly by: string;
  /** Whether it is the last one that a deployment has seen healthy */
  readonly healthy: boolean;
}

/** The images that are published for an environment, by application. */
export async function publishedImages(ssm: SSMClient, environment: string): Promise<Map<string, string>> {
  const path = imageParameterPath(environment);
  const published = new Map<string, string>();
  for await (const { Parameters = [] } of paginateGetParametersByPath({ client: ssm }, { Path: path })) {
    for (const { Name = "", Value } of Parameters) {
      if (Value !== undefined) published.set(Name.slice(path.length + 1), Value);
    }
  }
  return published;
}

/** Name of the parameter with the image that an application runs in an environment. */
export function imageParameter(environment: string, application: string): string {
  return `${imageParameterPath(environment)}/${application}`;
}

/**
 * Every publication of an application's image that SSM has kept (the last 100), the newest first.
 * @throws RefusedError when none was ever published
 */
export async function publications(ssm: SSMClient, environment: string, application: string): Promise<Publication[]> {
  const name = imageParameter(environment, application);
  const found: Publication[] = [];
  try {
    for await (const { Parameters = [] } of paginateGetParameterHistory({ client: ssm }, { Name: name })) {
      found.push(...Parameters.map(toPublication));
    }
  } catch (error) {
    if (!(error instanceof Error && error.name === "ParameterNotFound")) throw error;
    throw new RefusedError(
      `no image of ${application} was ever published for ${environment} (there is no SSM parameter ${name}). ` +
        `Run: npm run release -- bake ${application} && npm run release -- publish ${application} --env ${environment}`,
    );
  }
  return found.sort((a, b) => b.number - a.number);
}

/**
 * What a deployment needs to know of publications: a rollback must not go to one that was itself rolled back.
 * @param publications the newest first
 */
export function toHistory(publications: readonly Publication[]): ImageHistory {
  const kept = publications.filter(({ image }, index) => {
    const next = publications[index - 1];
    return next === undefined || takenBackBy(next) !== image;
  });
  return {
    published: publications[0]?.image ?? "",
    images: kept.map(({ image }) => image),
    healthy: publications.find(({ healthy }) => healthy)?.image,
  };
}

/**
 * Writes the parameter and waits until SSM has accepted the image: for the data type `aws:ec2:image` it looks at the image
 * first, and drops a value that it does not like without a word.
 * @throws FailedError when the image is not accepted within a minute
 */
export async function putImage(
  ssm: SSMClient,
  parameter: { readonly name: string; readonly image: string; readonly description: string },
  pollMs = 1_000,
): Promise<void> {
  const { name, image, description } = parameter;
  const { Version } = await ssm.send(
    new PutParameterCommand({
      Name: name,
      Value: image,
      Type: "String",
      DataType: "aws:ec2:image",
      Description: description.slice(0, MAX_DESCRIPTION),
      Overwrite: true,
    }),
  );
  for (let look = 0; look < 60; look += 1) {
    const current = await currentVersion(ssm, name);
    if (current !== undefined && current.number >= (Version ?? 1)) {
      if (current.image === image) return;
      throw new FailedError(`${name} was changed to ${current.image} by somebody else at the same time`);
    }
    await sleep(pollMs);
  }
  throw new FailedError(
    `SSM has not accepted ${image} as the value of ${name}: is it an image of this region and account?`,
  );
}

/** Marks the publication of an image that runs and is healthy; the mark leaves the one before. */
export async function markHealthy(ssm: SSMClient, name: string, image: string): Promise<void> {
  const current = await currentVersion(ssm, name);
  // Published over by another release in the meantime: that one is marked by its own deployment.
  if (current?.image !== image) return;
  await ssm.send(new LabelParameterVersionCommand({ Name: name, ParameterVersion: current.number, Labels: [HEALTHY] }));
}

async function currentVersion(ssm: SSMClient, name: string): Promise<{ number: number; image: string } | undefined> {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name }));
    return { number: Parameter?.Version ?? 0, image: Parameter?.Value ?? "" };
  } catch (error) {
    if (error instanceof Error && error.name === "ParameterNotFound") return undefined;
    throw error;
  }
}

function toPublication(version: ParameterHistory): Publication {
  return {
    number: version.Version ?? 0,
    image: version.Value ?? "",
    at: version.LastModifiedDate ?? new Date(0),
    description: version.Description ?? "",
    by: version.LastModifiedUser ?? "",
    healthy: version.Labels?.includes(HEALTHY) ?? false,
  };
}
