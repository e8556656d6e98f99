import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { imageById, imagesOf, ownImages } from "../../../../tools/release/aws/images";
import { awsError } from "../support/answers";
import { ScriptedAws } from "../support/scripted-aws";

let aws: ScriptedAws;

beforeEach(() => {
  aws = new ScriptedAws();
});

afterEach(() => {
  aws.restore();
});

describe("an image", () => {
  it("is described by its tags", async () => {
    const settings = {
      application: "imagery",
      version: "1234567-abc",
      hash: "abc",
      parent: "ami-0",
      snapshots: ["snap-1", "snap-2"],
    };
    aws.images.add("ami-1", { ...settings, createdAt: "2026-02-01T10:00:00.000Z" });
    expect(await imageById(aws.clients.ec2, "ami-1")).toMatchObject({
      id: "ami-1",
      ownerId: "111122223333",
      state: "available",
      createdAt: new Date("2026-02-01T10:00:00.000Z"),
      managed: true,
      application: "imagery",
      version: "1234567-abc",
      contentHash: "abc",
      parent: "ami-0",
      snapshots: ["snap-1", "snap-2"],
    });
  });

  it("that was not baked here has no application and no version", async () => {
    aws.images.add("ami-1", { managed: false });
    const image = await imageById(aws.clients.ec2, "ami-1");
    expect([image.managed, image.application, image.version]).toEqual([false, undefined, undefined]);
  });

  it.each(["InvalidAMIID.NotFound", "InvalidAMIID.Malformed", "InvalidAMIID.Unavailable"])(
    "that AWS answers with %s is refused by its id",
    async (name) => {
      aws.fails("DescribeImages", awsError(name));
      await expect(imageById(aws.clients.ec2, "ami-9")).rejects.toMatchObject({
        name: "RefusedError",
        message: "there is no image ami-9 that this account may use in this region",
      });
    },
  );

  it("that AWS does not show for another reason is that error", async () => {
    aws.fails("DescribeImages", awsError("UnauthorizedOperation", "not authorized"));
    await expect(imageById(aws.clients.ec2, "ami-1")).rejects.toThrow("not authorized");
  });
});

describe("images of the account", () => {
  beforeEach(() => {
    aws.images.add("ami-1", { createdAt: "2026-01-01T00:00:00.000Z" });
    aws.images.add("ami-2", { createdAt: "2026-03-01T00:00:00.000Z" });
    aws.images.add("ami-3", { createdAt: "2026-02-01T00:00:00.000Z" });
    aws.images.add("ami-4", { application: "url2png" });
    aws.images.add("ami-5", { state: "pending" });
    aws.images.add("ami-6", { managed: false });
    aws.images.add("ami-7", { owner: "999999999999" });
  });

  it("of an application are the usable ones, over all pages, the newest first", async () => {
    expect((await imagesOf(aws.clients.ec2, "imagery")).map(({ id }) => id)).toEqual(["ami-2", "ami-3", "ami-1"]);
  });

  it("are all that it owns, whoever made them", async () => {
    const ids = (await ownImages(aws.clients.ec2)).map(({ id }) => id);
    expect(ids.sort()).toEqual(["ami-1", "ami-2", "ami-3", "ami-4", "ami-5", "ami-6"]);
  });
});
