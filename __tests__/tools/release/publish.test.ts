import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { publications, toHistory } from "../../../tools/release/aws/parameters";
import { publish, type Published } from "../../../tools/release/publish";
import { previousImage } from "../../../tools/release/rollout/previous-image";
import { awsError } from "./support/answers";
import { ScriptedAws } from "./support/scripted-aws";
import type { ImageSettings } from "./support/scripted-images";

const PARAMETER = "/steadfast/dev/images/imagery";

let aws: ScriptedAws;
const actor = process.env.GITHUB_ACTOR;

beforeEach(() => {
  aws = new ScriptedAws();
  delete process.env.GITHUB_ACTOR;
});

afterEach(() => {
  aws.restore();
  if (actor === undefined) delete process.env.GITHUB_ACTOR;
  else process.env.GITHUB_ACTOR = actor;
});

function publishImage(image: string, why?: string): Promise<Published> {
  return publish(aws.clients, { application: "imagery", environment: "dev", image, ...(why !== undefined && { why }) });
}

describe("an image that is published", () => {
  it("is the first one", async () => {
    aws.images.add("ami-1");
    expect(await publishImage("ami-1")).toMatchObject({ parameter: PARAMETER, previous: undefined, written: true });
    expect(aws.parameters.value(PARAMETER)).toBe("ami-1");
  });

  it("follows another one, which is named", async () => {
    for (const image of ["ami-1", "ami-2"]) aws.images.add(image);
    aws.parameters.set(PARAMETER, "ami-1");
    expect(await publishImage("ami-2")).toMatchObject({ previous: "ami-1", written: true, image: { id: "ami-2" } });
    expect(aws.parameters.value(PARAMETER)).toBe("ami-2");
  });

  it("is not written again when it is published already", async () => {
    aws.images.add("ami-1");
    aws.parameters.set(PARAMETER, "ami-1");
    expect(await publishImage("ami-1")).toMatchObject({ previous: "ami-1", written: false });
    expect(aws.writes).toEqual([]);
  });

  it("says in its history what it is, who published it, when and why", async () => {
    aws.images.add("ami-1", { version: "1234567-abc" });
    await publishImage("ami-1", "because");
    expect(aws.parameters.descriptions(PARAMETER)[0]).toMatch(
      /^imagery 1234567-abc published by arn:aws:iam::111122223333:user\/somebody on \d{4}-\d\d-\d\dT[\d:.]+Z: because$/,
    );
  });

  it("may take back the one before, so that no later rollback goes there by itself", async () => {
    for (const image of ["ami-1", "ami-2", "ami-3"]) aws.images.add(image);
    for (const image of ["ami-1", "ami-2", "ami-3"]) await publishImage(image);
    const again = { application: "imagery", environment: "dev", image: "ami-2", why: "it failed", takesBack: true };
    await publish(aws.clients, again);
    expect(aws.parameters.descriptions(PARAMETER).join("\n")).toMatch(/Z, taking back ami-3: it failed/);
    const history = toHistory(await publications(aws.clients.ssm, "dev", "imagery"));
    expect(history).toEqual({ published: "ami-2", images: ["ami-2", "ami-2", "ami-1"], healthy: undefined });
    expect(previousImage({ ...history, healthy: "ami-2" }, [])).toBe("ami-1");
  });

  it("counts again when it is published once more after it was taken back", async () => {
    for (const image of ["ami-1", "ami-2", "ami-3"]) aws.images.add(image);
    for (const image of ["ami-1", "ami-2"]) await publishImage(image);
    await publish(aws.clients, { application: "imagery", environment: "dev", image: "ami-1", takesBack: true });
    for (const image of ["ami-2", "ami-3"]) await publishImage(image);
    const history = toHistory(await publications(aws.clients.ssm, "dev", "imagery"));
    expect(previousImage({ ...history, healthy: "ami-3" }, [])).toBe("ami-2");
  });

  it("names the person behind a pipeline's role", async () => {
    process.env.GITHUB_ACTOR = "octocat";
    aws.images.add("ami-1");
    await publishImage("ami-1");
    expect(aws.parameters.descriptions(PARAMETER)[0]).toContain("published by octocat (arn:aws:iam::");
  });
});

describe("an image is refused", () => {
  it.each<[string, ImageSettings, string]>([
    [
      "of another account",
      { owner: "999999999999" },
      "ami-1 belongs to account 999999999999, not to this one (111122223333): bake it here, or copy it here first",
    ],
    [
      "that is not available yet",
      { state: "pending" },
      "ami-1 is pending, not available: wait for it, or bake it again",
    ],
    ["of another application", { application: "url2png" }, "ami-1 is an image of url2png, not an image of imagery"],
    ["of the base layer", { application: "base" }, "ami-1 is an image of base, not an image of imagery"],
    ["that was not baked here", { managed: false }, "ami-1 is not baked here, not an image of imagery"],
  ])("%s", async (_, settings, message) => {
    aws.images.add("ami-1", settings);
    await expect(publishImage("ami-1")).rejects.toMatchObject({ name: "RefusedError", message });
    expect(aws.writes).toEqual([]);
  });

  it("that does not exist", async () => {
    await expect(publishImage("ami-1")).rejects.toMatchObject({ name: "RefusedError" });
    expect(aws.writes).toEqual([]);
  });

  it("for no reason of its own when what is published cannot be read: that error is passed on", async () => {
    aws.images.add("ami-1");
    aws.fails("GetParameterHistory", awsError("AccessDeniedException", "not authorized"));
    await expect(publishImage("ami-1")).rejects.toThrow("not authorized");
    expect(aws.writes).toEqual([]);
  });
});
