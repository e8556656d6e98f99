import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { remove, takeInventory } from "../../../../tools/release/prune/prune";
import { awsError } from "../support/answers";
import { ScriptedAws } from "../support/scripted-aws";

const now = new Date("2026-06-30T00:00:00.000Z");
const OLD = "2026-01-01T00:00:00.000Z";

let aws: ScriptedAws;

beforeEach(() => {
  aws = new ScriptedAws();
  aws.images.add("ami-1", { createdAt: OLD, snapshots: ["snap-1a", "snap-1b"] });
  aws.images.add("ami-2", { createdAt: OLD, snapshots: ["snap-2"] });
  aws.images.add("ami-3", { createdAt: "2026-05-01T00:00:00.000Z", snapshots: ["snap-3"] });
  aws.images.addSnapshot("snap-orphan", OLD);
  aws.images.addSnapshot("snap-young-orphan", "2026-06-29T00:00:00.000Z");
  aws.images.addSnapshot("snap-of-others", OLD, false);
});

afterEach(() => {
  aws.restore();
});

/** Deletes what the inventory says that goes. */
async function prune(): ReturnType<typeof remove> {
  const { images, orphans } = await takeInventory(aws.clients, { lastValues: 5, olderThanDays: 30 }, now);
  const going = images.filter(({ keep }) => !keep).map(({ image }) => image);
  return remove(aws.clients.ec2, going, orphans);
}

describe("cleaning up", () => {
  it("only looks, as long as nothing is to be deleted", async () => {
    aws.parameters.set("/steadfast/dev/images/imagery", "ami-2");
    const { images, orphans } = await takeInventory(aws.clients, { lastValues: 5, olderThanDays: 30 }, now);
    expect(images.map(({ image: { id }, keep, why }) => [id, keep, why])).toEqual([
      ["ami-3", true, "the newest of imagery"],
      ["ami-1", false, "older than 30 days, nothing refers to it"],
      ["ami-2", true, "published: /steadfast/dev/images/imagery"],
    ]);
    expect(orphans.map(({ id }) => id)).toEqual(["snap-orphan"]);
    expect(aws.writes).toEqual([]);
  });

  it("removes each image before its snapshots, then snapshots of no image, and nothing else", async () => {
    expect(await prune()).toEqual([]);
    expect(aws.writes).toEqual([
      "DeregisterImage ami-1",
      "DeleteSnapshot snap-1a",
      "DeleteSnapshot snap-1b",
      "DeregisterImage ami-2",
      "DeleteSnapshot snap-2",
      "DeleteSnapshot snap-orphan",
    ]);
    expect(aws.images.ids()).toEqual(["ami-3"]);
    expect(aws.images.snapshotIds()).toEqual(["snap-3", "snap-young-orphan", "snap-of-others"]);
  });

  it("goes on after an image that cannot be removed, whose snapshots stay, and reports it", async () => {
    aws.fails("DeregisterImage", awsError("UnauthorizedOperation", "not authorized to deregister"));
    expect(await prune()).toEqual([{ id: "ami-1", reason: "not authorized to deregister" }]);
    expect(aws.images.ids()).toEqual(["ami-1", "ami-3"]);
    expect(aws.images.snapshotIds()).toEqual(expect.arrayContaining(["snap-1a", "snap-1b"]));
    expect(aws.images.snapshotIds()).not.toContain("snap-2");
  });

  it("goes on after a snapshot that cannot be deleted, and reports it", async () => {
    aws.fails("DeleteSnapshot", awsError("InvalidSnapshot.InUse", "snap-1a is in use by ami-9"));
    expect(await prune()).toEqual([{ id: "snap-1a", reason: "snap-1a is in use by ami-9" }]);
    expect(aws.images.snapshotIds()).toEqual(["snap-1a", "snap-3", "snap-young-orphan", "snap-of-others"]);
  });

  it("deletes nothing when it is not known what is referred to", async () => {
    aws.fails("GetParametersByPath", awsError("AccessDeniedException", "not authorized to read parameters"));
    await expect(prune()).rejects.toThrow("not authorized to read parameters");
    expect(aws.writes).toEqual([]);
  });
});
