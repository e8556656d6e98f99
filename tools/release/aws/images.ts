import { type Image, paginateDescribeImages, DescribeImagesCommand, type EC2Client } from "@aws-sdk/client-ec2";
import { IMAGE_OWNER_TAG } from "../../../modules/image-parameter";
import { RefusedError } from "../errors";

/** A machine image as its tags describe it. What was not baked here lacks the tags. */
export interface BakedImage {
  readonly id: string;
  readonly ownerId: string;
  /** `available`, `pending`, `failed`, … */
  readonly state: string;
  readonly createdAt: Date;
  /** Whether it carries the tag of what was baked here */
  readonly managed: boolean;
  readonly application: string | undefined;
  readonly version: string | undefined;
  readonly commit: string | undefined;
  readonly contentHash: string | undefined;
  /** Image that it was built on */
  readonly parent: string | undefined;
  readonly snapshots: readonly string[];
}

const MANAGED = { Name: `tag:${IMAGE_OWNER_TAG.key}`, Values: [IMAGE_OWNER_TAG.value] };

/** Every image that the account owns, the newest first. */
export async function ownImages(ec2: EC2Client): Promise<BakedImage[]> {
  return describe(ec2, []);
}

/** Every image of an application that was baked in this account and is usable, the newest first. */
export async function imagesOf(ec2: EC2Client, application: string): Promise<BakedImage[]> {
  return describe(ec2, [MANAGED, { Name: "tag:App", Values: [application] }, { Name: "state", Values: ["available"] }]);
}

/**
 * An image by its id, whoever owns it.
 * @throws RefusedError when there is none that this account may see
 */
export async function imageById(ec2: EC2Client, id: string): Promise<BakedImage> {
  try {
    const { Images = [] } = await ec2.send(new DescribeImagesCommand({ ImageIds: [id], IncludeDeprecated: true }));
    const [image] = Images;
    if (image) return toBakedImage(image);
  } catch (error) {
    if (!(error instanceof Error && error.name.startsWith("InvalidAMIID"))) throw error;
  }
  throw new RefusedError(`there is no image ${id} that this account may use in this region`);
}

async function describe(ec2: EC2Client, filters: { Name: string; Values: string[] }[]): Promise<BakedImage[]> {
  const images: BakedImage[] = [];
  const request = { Owners: ["self"], IncludeDeprecated: true, ...(filters.length > 0 && { Filters: filters }) };
  for await (const { Images = [] } of paginateDescribeImages({ client: ec2, pageSize: 500 }, request)) {
    images.push(...Images.map(toBakedImage));
  }
  return images.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
}

function toBakedImage(image: Image): BakedImage {
  const tags = new Map((image.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
  return {
    id: image.ImageId ?? "",
    ownerId: image.OwnerId ?? "",
    state: image.State ?? "unknown",
    createdAt: new Date(image.CreationDate ?? 0),
    managed: tags.get(IMAGE_OWNER_TAG.key) === IMAGE_OWNER_TAG.value,
    application: tags.get("App"),
    version: tags.get("Version"),
    commit: tags.get("Commit"),
    contentHash: tags.get("ContentHash"),
    parent: tags.get("ParentAmi"),
    snapshots: (image.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []),
  };
}
