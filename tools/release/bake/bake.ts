import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { APPLICATION_NAMES, buildApplications } from "../../build/applications";
import type { AwsClients } from "../aws/clients";
import { imageById, imagesOf, type BakedImage } from "../aws/images";
import { FailedError, RefusedError } from "../errors";
import { BASE } from "./base";
import { currentCommit } from "./commit";
import { contentHash, versionOf } from "./content";
import { packerBuild } from "./packer";

/** Amazon Linux 2023 as AWS publishes it, the newest (https://docs.aws.amazon.com/linux/al2023/ug/ec2.html). */
const AMAZON_LINUX = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";

const root = fileURLToPath(new URL("../../..", import.meta.url));

export interface BakeOptions {
  readonly clients: AwsClients;
  readonly region: string;
  /** Told of each step, and what Packer prints */
  readonly say: (line: string) => void;
  readonly show: (chunk: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What an image would be made of now. */
export interface Content {
  readonly application: string;
  readonly commit: string;
  readonly hash: string;
  readonly version: string;
  /** Image that it is built on */
  readonly parent: string;
}

export interface Baked {
  readonly image: BakedImage;
  /** Whether an image with this content was there already */
  readonly existed: boolean;
}

/**
 * Bakes the image of an application, or the base layer, unless one with the same content is there. The base layer under an
 * application is the newest one that was made by the recipe as it is now; without one, it is baked first.
 * @param freshBase bakes the base layer from today's Amazon Linux, unless that has been done
 */
export async function bake(application: string, freshBase: boolean, options: BakeOptions): Promise<Baked> {
  checkApplication(application, [BASE, ...APPLICATION_NAMES]);
  const base = freshBase || application === BASE ? await bakeBase(options) : await baseFor(options);
  if (application === BASE) return base;
  if (base.existed) options.say(`base layer: ${base.image.id} (${base.image.version ?? "no version"})`);
  return bakeContent(await contentOf(application, base.image.id), options);
}

/** What the image of an application would be made of, on the newest base layer; undefined while there is none. */
export async function currentContent(
  application: string,
  { clients }: Pick<BakeOptions, "clients">,
): Promise<Content | undefined> {
  checkApplication(application, APPLICATION_NAMES);
  const base = await newestBase(clients);
  return base && contentOf(application, base.id);
}

/** The usable image with this content, if one was baked. */
export async function imageWith({ application, hash }: Content, { ec2 }: AwsClients): Promise<BakedImage | undefined> {
  return (await imagesOf(ec2, application)).find(({ contentHash }) => contentHash === hash);
}

async function baseFor(options: BakeOptions): Promise<Baked> {
  const image = await newestBase(options.clients);
  if (image) return { image, existed: true };
  options.say("there is no base layer of this recipe yet: baking it first, which takes some minutes");
  return bakeBase(options);
}

/** The newest base layer whose content is what the recipe makes of its own parent. */
async function newestBase({ ec2 }: AwsClients): Promise<BakedImage | undefined> {
  for (const image of await imagesOf(ec2, BASE)) {
    if (
      image.parent !== undefined &&
      image.contentHash === (await contentHash(root, await recipe(BASE), image.parent))
    ) {
      return image;
    }
  }
  return undefined;
}

async function bakeBase(options: BakeOptions): Promise<Baked> {
  const { Parameter } = await options.clients.ssm.send(new GetParameterCommand({ Name: AMAZON_LINUX }));
  if (Parameter?.Value === undefined) throw new FailedError(`AWS's parameter ${AMAZON_LINUX} has no value`);
  return bakeContent(await contentOf(BASE, Parameter.Value), options);
}

async function contentOf(application: string, parent: string): Promise<Content> {
  // Nothing for the base layer, nor for a program of others.
  const built = (await buildApplications({ only: [application] })).map(({ name }) => join(root, "dist", name));
  const hash = await contentHash(root, [...(await recipe(application)), ...built], parent);
  const commit = await currentCommit(root);
  return { application, commit, hash, version: versionOf(commit, hash), parent };
}

/** What the templates share, and the application's own template, scripts and units. */
async function recipe(application: string): Promise<string[]> {
  const images = join(root, "images");
  const others = [BASE, ...APPLICATION_NAMES].filter((name) => name !== application).map((name) => `${name}.pkr.hcl`);
  const entries = await readdir(images, { withFileTypes: true });
  const shared = entries.filter((entry) => entry.isFile() && !others.includes(entry.name)).map(({ name }) => name);
  return [...shared, application].map((name) => join(images, name));
}

async function bakeContent(content: Content, options: BakeOptions): Promise<Baked> {
  const { clients, region, say, show, signal } = options;
  const { application, commit, hash, version, parent } = content;
  const existing = await imageWith(content, clients);
  if (existing) return { image: existing, existed: true };
  say(`baking ${application} ${version} on ${parent}`);
  const variables = { region, version, commit, content_hash: hash, parent_ami: parent };
  const id = await packerBuild(root, { name: application, variables }, show, signal);
  return { image: await imageById(clients.ec2, id), existed: false };
}

function checkApplication(application: string, known: readonly string[]): void {
  if (known.includes(application)) return;
  throw new RefusedError(`there is no application "${application}"; there are: ${known.join(", ")}`);
}
