import type {
  DeleteSnapshotCommandInput,
  DeregisterImageCommandInput,
  DescribeImagesCommandInput,
  DescribeSnapshotsCommandInput,
  Filter,
  Image,
  ImageState,
} from "@aws-sdk/client-ec2";
import { type Answer, ACCOUNT, awsError, page } from "./answers";

/** An image as a test wants it; what it does not name has a usual value. */
export interface ImageSettings {
  readonly application?: string;
  readonly version?: string;
  readonly hash?: string;
  readonly parent?: string;
  readonly createdAt?: string;
  readonly state?: ImageState;
  readonly owner?: string;
  /** Whether it carries the tags of what was baked here. Default: true */
  readonly managed?: boolean;
  readonly snapshots?: readonly string[];
}

interface Tagged {
  readonly Tags?: { readonly Key?: string; readonly Value?: string }[] | undefined;
  readonly State?: string | undefined;
}

/** Machine images and snapshots of EC2. */
export class ScriptedImages {
  readonly #images = new Map<string, Image>();
  readonly #snapshots = new Map<string, { readonly startedAt: string; readonly managed: boolean }>();

  add(id: string, settings: ImageSettings = {}): void {
    const { application = "imagery", version = `version-of-${id}`, createdAt = "2026-01-01T00:00:00.000Z" } = settings;
    const { hash = `hash-of-${id}`, parent = "ami-ba5e", managed = true, snapshots = [`snap-of-${id}`] } = settings;
    const tags = { ManagedBy: "steadfast", App: application, Version: version, ContentHash: hash, ParentAmi: parent };
    this.#images.set(id, {
      ImageId: id,
      OwnerId: settings.owner ?? ACCOUNT,
      State: settings.state ?? "available",
      CreationDate: createdAt,
      Tags: managed ? Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) : [],
      BlockDeviceMappings: snapshots.map((SnapshotId) => ({ DeviceName: "/dev/xvda", Ebs: { SnapshotId } })),
    });
    for (const snapshot of snapshots) this.addSnapshot(snapshot, createdAt, managed);
  }

  addSnapshot(id: string, startedAt: string, managed = true): void {
    this.#snapshots.set(id, { startedAt, managed });
  }

  remove(id: string): void {
    this.#images.delete(id);
  }

  isAvailable(id: string): boolean {
    return this.#images.get(id)?.State === "available";
  }

  ids(): string[] {
    return [...this.#images.keys()];
  }

  snapshotIds(): string[] {
    return [...this.#snapshots.keys()];
  }

  readonly answers: Readonly<Record<string, Answer>> = {
    DescribeImages: ({ ImageIds, Filters = [], Owners = [], NextToken }: DescribeImagesCommandInput) => {
      if (ImageIds) return { Images: ImageIds.map((id) => this.#image(id)) };
      const own = [...this.#images.values()].filter(({ OwnerId }) => Owners.includes("self") && OwnerId === ACCOUNT);
      const { items, next } = page(
        own.filter((image) => matches(image, Filters)),
        NextToken,
      );
      return { Images: items, ...(next !== undefined && { NextToken: next }) };
    },
    DescribeSnapshots: ({ Filters = [], NextToken }: DescribeSnapshotsCommandInput) => {
      const all = [...this.#snapshots].map(([SnapshotId, { startedAt, managed }]) => ({
        SnapshotId,
        StartTime: new Date(startedAt),
        Tags: managed ? [{ Key: "ManagedBy", Value: "steadfast" }] : [],
      }));
      const { items, next } = page(
        all.filter((snapshot) => matches(snapshot, Filters)),
        NextToken,
      );
      return { Snapshots: items, ...(next !== undefined && { NextToken: next }) };
    },
    DeregisterImage: ({ ImageId = "" }: DeregisterImageCommandInput) => {
      this.#image(ImageId);
      this.#images.delete(ImageId);
      return {};
    },
    DeleteSnapshot: ({ SnapshotId = "" }: DeleteSnapshotCommandInput) => {
      const user = [...this.#images.values()].find(({ BlockDeviceMappings = [] }) =>
        BlockDeviceMappings.some(({ Ebs }) => Ebs?.SnapshotId === SnapshotId),
      );
      if (user) throw awsError("InvalidSnapshot.InUse", `${SnapshotId} is in use by ${user.ImageId ?? ""}`);
      this.#snapshots.delete(SnapshotId);
      return {};
    },
  };

  #image(id: string): Image {
    const image = this.#images.get(id);
    if (!image) throw awsError("InvalidAMIID.NotFound", `The image id '[${id}]' does not exist`);
    return image;
  }
}

/** Whether something passes every filter, of tags and of the state. */
function matches({ Tags = [], State }: Tagged, filters: readonly Filter[]): boolean {
  return filters.every(({ Name = "", Values = [] }) => {
    const value = Name === "state" ? State : Tags.find(({ Key }) => `tag:${Key ?? ""}` === Name)?.Value;
    return value !== undefined && Values.includes(value);
  });
}
