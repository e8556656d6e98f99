import { readdir } from "node:fs/promises";
import { dirname } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { imageIn, packerBuild } from "../../../../tools/release/bake/packer";
import { standInPacker, withPath } from "../support/stand-in-packer";
import { Temporary } from "../support/temporary";

function build(artifact_id: string, packer_run_uuid = "this") {
  return { name: "al2023", builder_type: "amazon-ebs", artifact_id, packer_run_uuid };
}

describe("Packer's manifest", () => {
  it("names the image of this run, whatever earlier runs have left in it", () => {
    const builds = [build("eu-west-1:ami-0abc", "earlier"), build("eu-west-1:ami-0def")];
    expect(imageIn({ builds, last_run_uuid: "this" })).toBe("ami-0def");
  });

  it.each([
    ["none of this run", [build("eu-west-1:ami-0abc", "earlier")], 0],
    ["several of this run", [build("eu-west-1:ami-0abc"), build("eu-west-1:ami-0def")], 2],
    ["an artifact that is no image", [build("Container:abc")], 0],
    ["one image in several regions", [build("eu-west-1:ami-0abc,us-east-1:ami-0def")], 0],
  ])("with %s is an error that shows it", (_, builds, count) => {
    const [first] = builds;
    const message = new RegExp(`^Packer's manifest names ${count} images, not one: .*${first?.artifact_id ?? ""}`);
    expect(() => imageIn({ builds, last_run_uuid: "this" })).toThrow(message);
  });

  it("of another shape is an error", () => {
    expect(() => imageIn({ builds: [{}] })).toThrow(expect.objectContaining({ name: "ZodError" }));
  });
});

describe("a build with Packer", () => {
  let here: Temporary;
  let path: () => void;
  const shown: string[] = [];
  const variables = { region: "eu-west-1", version: "1-2" };
  const run = (signal?: AbortSignal) =>
    packerBuild(here.folder, { name: "imagery", variables }, (text) => shown.push(text), signal);

  beforeEach(async () => {
    here = await Temporary.make();
    shown.length = 0;
    path = withPath(here.folder);
  });

  afterEach(async () => {
    path();
    await here.remove();
  });

  it("installs the plugins, then runs the application's build alone, and returns its image", async () => {
    await standInPacker(here, { image: "ami-0abc" });
    expect(await run()).toBe("ami-0abc");
    const [init, build] = (await here.lines("calls")).map((line) => JSON.parse(line) as string[]);
    expect(init).toEqual(["init", "images/"]);
    expect(build?.slice(0, 4)).toEqual(["build", "-only=imagery.*", "-var=region=eu-west-1", "-var=version=1-2"]);
    expect(build?.slice(4)).toEqual([expect.stringMatching(/^-var=manifest=.*manifest\.json$/), "images/"]);
    expect(shown.join("")).toContain("building imagery");
  });

  it("leaves no file behind", async () => {
    await standInPacker(here, { image: "ami-0abc" });
    await run();
    const manifest = /-var=manifest=([^"]+)/.exec((await here.lines("calls")).join())?.[1] ?? "none";
    await expect(readdir(dirname(manifest))).rejects.toThrow("ENOENT");
  });

  it("that fails is an error with the end of what Packer said", async () => {
    await standInPacker(here, { fail: "Error waiting for SSH" });
    await expect(run()).rejects.toMatchObject({
      name: "FailedError",
      message: "packer build failed (exit code 1):\nError waiting for SSH",
    });
  });

  it("that is interrupted lets Packer clean up", async () => {
    await standInPacker(here, { hang: true });
    const controller = new AbortController();
    const building = run(controller.signal);
    const ended = expect(building).rejects.toThrow("packer build failed");
    while (!shown.join("").includes("building")) await new Promise(setImmediate);
    controller.abort();
    await ended;
    expect(shown.join("")).toContain("terminated the builder");
  });

  it.each([
    ["packer", "packer is not installed. Packer 1.9.4 or newer is needed: https://"],
    [
      "session-manager-plugin",
      "session-manager-plugin is not installed. Packer reaches the builder through it: https://",
    ],
  ])("without %s is refused, with where to get it", async (program, message) => {
    await standInPacker(here, { image: "ami-0abc", without: program });
    process.env.PATH = here.folder;
    await expect(run()).rejects.toMatchObject({ name: "RefusedError", message: expect.stringContaining(message) });
  });
});
