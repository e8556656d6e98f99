import { CreateLaunchTemplateCommand, ModifyImageAttributeCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { MINISTACK_IS_MISSING, hasMinistack } from "./support/ministack";
import { Account } from "./support/release-account";
import { ReleaseRig } from "./support/release-rig";

// Every command is a process that loads a good part of the AWS SDK: a busy machine takes its time.
jest.setTimeout(180_000);

const OURS = { ManagedBy: "steadfast" };

describe("images in an account", () => {
  if (!hasMinistack) {
    it.skip(`are published and removed over HTTP (skipped: ${MINISTACK_IS_MISSING})`, () => undefined);
    return;
  }

  let rig: ReleaseRig;
  beforeAll(async () => {
    rig = await ReleaseRig.start();
  });
  afterAll(() => rig.stop());

  describe("that are no usable images of the application", () => {
    const refusals: [string, () => Promise<string>, (image: string) => string][] = [
      ["an unknown id", () => Promise.resolve("ami-0bbbbbbbbbbbbbbbb"), (image) => `there is no image ${image}`],
      [
        "an image of another account",
        async () => {
          const other = new Account(rig.gateway.endpoint, "444455556666");
          const image = await other.baked("imagery", "2222222-222222222222");
          const Add = [{ UserId: rig.account.id }];
          await other.ec2.send(new ModifyImageAttributeCommand({ ImageId: image, LaunchPermission: { Add } }));
          other.close();
          return image;
        },
        (image) => `${image} belongs to account 444455556666, not to this one (${rig.account.id})`,
      ],
      [
        "an image of another application",
        () => rig.account.baked("base", "1111111-111111111111"),
        (image) => `${image} is an image of base, not an image of imagery`,
      ],
      [
        "an image without the tag of what is baked here",
        () => rig.account.image("by hand", { App: "imagery" }),
        (image) => `${image} is not baked here, not an image of imagery`,
      ],
    ];

    it.each(refusals)("are refused by publish, and nothing is written: %s", async (_, make, message) => {
      const image = await make();
      const { exitCode, stdout, stderr } = await rig.project.release(
        "publish",
        "imagery",
        "--env",
        "dev",
        "--ami",
        image,
      );
      expect([exitCode, stdout]).toEqual([2, ""]);
      expect(stderr).toContain(message(image));
      expect(await rig.account.publications()).toEqual([]);
    });
  });

  describe("that have become many", () => {
    /** Old images that something needs, and young ones: what for, by id */
    const needed = new Map<string, RegExp>();
    let unneeded: string;
    let unneededSnapshots: readonly string[];
    let orphan: string;
    let others: readonly string[];

    beforeAll(async () => {
      const { account, gateway } = rig;
      const old = async (version: string): Promise<string> => {
        const image = await account.baked("imagery", version);
        gateway.age(image, 60);
        return image;
      };
      unneeded = await old("aaaaaaa-000000000001");
      unneededSnapshots = await account.snapshotsOf(unneeded);
      const before = await old("aaaaaaa-000000000002");
      const published = await old("aaaaaaa-000000000003");
      const launched = await old("aaaaaaa-000000000004");
      for (const image of [before, published]) await account.publish(image);
      await account.ec2.send(
        new CreateLaunchTemplateCommand({ LaunchTemplateName: "fleet", LaunchTemplateData: { ImageId: launched } }),
      );
      needed.set(before, /^one of the last 5 of \/steadfast\/dev\/images\/imagery$/);
      needed.set(published, /^published: \/steadfast\/dev\/images\/imagery$/);
      needed.set(launched, /^launch template fleet 1$/);
      needed.set(await account.baked("imagery", "aaaaaaa-000000000005"), /^younger than 30 days$/);

      orphan = await account.snapshot(OURS);
      const foreign = await account.snapshot({ Name: "of somebody else" });
      for (const snapshot of [orphan, foreign]) gateway.age(snapshot, 60);
      others = [foreign, await account.snapshot(OURS)];
      for (const image of await account.images()) {
        if (image.Name === "by hand") gateway.age(image.ImageId ?? "", 60);
      }
    });

    it("are shown by prune with what becomes of each and why, and nothing is changed", async () => {
      const before = { images: await rig.account.images(), snapshots: await rig.account.snapshots() };
      const { exitCode, json } = await rig.project.releaseJson("prune");
      expect(exitCode).toBe(0);
      const { images, ...rest } = json as { images: { id: string; keep: boolean; why: string; snapshots: string[] }[] };
      expect(rest).toEqual({
        deleted: false,
        orphanSnapshots: [expect.objectContaining({ id: orphan })],
        failures: [],
      });
      expect(images.filter(({ keep }) => !keep)).toMatchObject([
        { id: unneeded, why: "older than 30 days, nothing refers to it", snapshots: unneededSnapshots },
      ]);
      for (const [id, why] of needed) expect(images.find((image) => image.id === id)?.why).toMatch(why);
      expect(images.filter(({ why }) => why === "not baked here")).toHaveLength(1);
      expect({ images: await rig.account.images(), snapshots: await rig.account.snapshots() }).toEqual(before);
    });

    it("lose by prune --delete what was shown, with its snapshots, and nothing else", async () => {
      const images = (await rig.account.images()).map(({ ImageId = "" }) => ImageId);
      const snapshots = await rig.account.snapshots();
      const { exitCode, stdout } = await rig.project.release("prune", "--delete");
      expect(exitCode).toBe(0);
      expect(stdout).toContain(`1 of ${images.length} images and 2 snapshots deleted`);
      const imagesLeft = (await rig.account.images()).map(({ ImageId }) => ImageId);
      expect(imagesLeft).toEqual(images.filter((id) => id !== unneeded));
      expect(imagesLeft).toEqual(expect.arrayContaining([...needed.keys()]));
      const snapshotsLeft = await rig.account.snapshots();
      expect(snapshotsLeft).toEqual(snapshots.filter((id) => id !== orphan && !unneededSnapshots.includes(id)));
      expect(snapshotsLeft).toEqual(expect.arrayContaining([...others]));
    });
  });
});
