import {
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  type EC2Client,
  paginateDescribeSnapshots,
} from "@aws-sdk/client-ec2";
import { IMAGE_OWNER_TAG } from "../../../modules/image-parameter";
import type { AwsClients } from "../aws/clients";
import { ownImages, type BakedImage } from "../aws/images";
import { messageOf } from "../errors";
import { judgeImages, judgeSnapshots, type Snapshot, type Verdict } from "./judge";
import { references } from "./references";

export interface PruneOptions {
  /** How many different values of each image parameter keep their images */
  readonly lastValues: number;
  /** Age in days below which everything is kept */
  readonly olderThanDays: number;
}

/** What is there, and what would go. */
export interface Inventory {
  readonly images: readonly Verdict[];
  /** Snapshots that go although no image goes with them: left behind by a deletion or a bake that was broken off */
  readonly orphans: readonly Snapshot[];
}

/** What could not be deleted. */
export interface Failure {
  readonly id: string;
  readonly reason: string;
}

/** Looks at everything of a region. Images come first: one that is published meanwhile is then found among the references. */
export async function takeInventory(clients: AwsClients, options: PruneOptions, now: Date): Promise<Inventory> {
  const snapshots = await taggedSnapshots(clients.ec2);
  const images = await ownImages(clients.ec2);
  const needed = await references(clients, options.lastValues);
  const age = { olderThanDays: options.olderThanDays, now };
  return { images: judgeImages(images, needed, age), orphans: judgeSnapshots(snapshots, images, age) };
}

/**
 * Deregisters images and deletes their snapshots and the orphans. What fails is reported; the rest goes on.
 * @returns what could not be deleted
 */
export async function remove(
  ec2: EC2Client,
  images: readonly BakedImage[],
  orphans: readonly Snapshot[],
): Promise<Failure[]> {
  const failures: Failure[] = [];
  const attempt = async (id: string, work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      failures.push({ id, reason: messageOf(error) });
      return false;
    }
  };
  const deleteSnapshot = (id: string) => attempt(id, () => ec2.send(new DeleteSnapshotCommand({ SnapshotId: id })));
  for (const { id, snapshots } of images) {
    // A snapshot cannot go before its image; one whose image stays is still needed.
    if (!(await attempt(id, () => ec2.send(new DeregisterImageCommand({ ImageId: id }))))) continue;
    for (const snapshot of snapshots) await deleteSnapshot(snapshot);
  }
  for (const { id } of orphans) await deleteSnapshot(id);
  return failures;
}

async function taggedSnapshots(ec2: EC2Client): Promise<Snapshot[]> {
  const request = {
    OwnerIds: ["self"],
    Filters: [{ Name: `tag:${IMAGE_OWNER_TAG.key}`, Values: [IMAGE_OWNER_TAG.value] }],
  };
  const found: Snapshot[] = [];
  for await (const { Snapshots = [] } of paginateDescribeSnapshots({ client: ec2, pageSize: 500 }, request)) {
    found.push(
      ...Snapshots.map(({ SnapshotId = "", StartTime = new Date(0) }) => ({ id: SnapshotId, createdAt: StartTime })),
    );
  }
  return found;
}
