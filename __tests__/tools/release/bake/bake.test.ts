import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "@jest/globals";
import { APPLICATION_NAMES } from "../../../../tools/build/applications";
import type { Baked } from "../../../../tools/release/bake/bake";
import { contentHash } from "../../../../tools/release/bake/content";
import { describeWithGit } from "../support/git";
import { ScriptedAws } from "../support/scripted-aws";
import { standInPacker, withPath } from "../support/stand-in-packer";
import { Temporary } from "../support/temporary";
import { WorkingCopy } from "../support/working-copy";

const AMAZON_LINUX = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";

describeWithGit("baking", () => {
  let copy: WorkingCopy;
  let programs: Temporary;
  let aws: ScriptedAws;
  let path: () => void;
  let said: string[];

  beforeAll(async () => {
    copy = await WorkingCopy.make();
  });

  afterAll(async () => {
    await copy.files.remove();
  });

  beforeEach(async () => {
    programs = await Temporary.make();
    path = withPath(programs.folder);
    aws = new ScriptedAws();
    aws.parameters.set(AMAZON_LINUX, "ami-0a12023");
    said = [];
  });

  afterEach(async () => {
    aws.restore();
    path();
    await programs.remove();
  });

  /** Bakes with a Packer whose images AWS shows from then on. */
  async function bake(application: string, freshBase = false): Promise<Baked> {
    await standInPacker(programs, {});
    const show = (text: string): void => {
      const [, name = "", hash = "", parent = ""] = /building (\w+) of (\w+) on (ami-\w+)\./.exec(text) ?? [];
      if (name !== "") aws.images.add(`ami-${hash.slice(0, 17)}`, { application: name, hash, parent });
    };
    const { clients } = aws;
    const say = (line: string) => said.push(line);
    return copy.baking.bake(application, freshBase, { clients, region: "eu-west-1", say, show });
  }

  /** The builds that Packer was asked for, each with a variable. */
  async function builds(variable = "parent_ami"): Promise<string[][]> {
    const calls = (await programs.lines("calls")).map((line) => JSON.parse(line) as string[]);
    return calls
      .filter(([command]) => command === "build")
      .map(([, only = "", ...rest]) => [
        only.slice("-only=".length),
        rest.find((arg) => arg.startsWith(`-var=${variable}=`))?.slice(`-var=${variable}=`.length) ?? "",
      ]);
  }

  /** A base layer that was baked earlier by the recipe as it is. */
  async function addBase(id: string, parent: string, createdAt: string): Promise<void> {
    const { folder } = copy.files;
    const others = APPLICATION_NAMES.map((name) => `${name}.pkr.hcl`);
    const entries = await readdir(`${folder}/images`, { withFileTypes: true });
    const shared = entries.filter((entry) => entry.isFile() && !others.includes(entry.name)).map(({ name }) => name);
    const names = [...shared, "base"].map((name) => `${folder}/images/${name}`);
    aws.images.add(id, { application: "base", hash: await contentHash(folder, names, parent), parent, createdAt });
  }

  it("an application begins with its base layer while there is none, and says that this takes time", async () => {
    const { image, existed } = await bake("imagery");
    const [base] = aws.images.ids();
    expect([aws.images.ids(), existed]).toEqual([[base, image.id], false]);
    expect(await builds()).toEqual([
      ["base.*", "ami-0a12023"],
      ["imagery.*", base],
    ]);
    expect(said[0]).toBe("there is no base layer of this recipe yet: baking it first, which takes some minutes");
    expect(said.slice(1)).toEqual([
      expect.stringMatching(/^baking base [0-9a-f]{7}-[0-9a-f]{12} on ami-0a12023$/),
      expect.stringMatching(/^baking imagery [0-9a-f]{7}-[0-9a-f]{12} on ami-[0-9a-f]{17}$/),
    ]);
  });

  it("tells Packer everything that becomes a tag", async () => {
    await bake("base");
    const [[, commit = ""] = []] = await builds("commit");
    const [[, hash = ""] = []] = await builds("content_hash");
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
    expect(await builds("version")).toEqual([["base.*", `${commit.slice(0, 7)}-${hash.slice(0, 12)}`]]);
    expect(await builds("region")).toEqual([["base.*", "eu-west-1"]]);
  });

  it("the same content twice is done once: its image is found again", async () => {
    const first = await bake("imagery");
    said.length = 0;
    expect(await bake("imagery")).toEqual({ image: first.image, existed: true });
    expect(await builds()).toHaveLength(2);
    const content = await copy.baking.currentContent("imagery", aws);
    expect(content && (await copy.baking.imageWith(content, aws.clients))).toEqual(first.image);
    const [base = ""] = aws.images.ids();
    expect(said).toEqual([`base layer: ${base} (version-of-${base})`]);
  });

  it("an application uses the newest base layer of the present recipe, whatever it was built on", async () => {
    await addBase("ami-1", "ami-0a10000", "2026-01-01T00:00:00.000Z");
    await addBase("ami-2", "ami-0a11111", "2026-02-01T00:00:00.000Z");
    await bake("imagery");
    expect(await builds()).toEqual([["imagery.*", "ami-2"]]);
  });

  it("a newer base layer of another recipe is not used", async () => {
    await addBase("ami-1", "ami-0a10000", "2026-01-01T00:00:00.000Z");
    aws.images.add("ami-3", { application: "base", hash: "another", createdAt: "2026-03-01T00:00:00.000Z" });
    await bake("imagery");
    expect(await builds()).toEqual([["imagery.*", "ami-1"]]);
  });

  it("a fresh base layer is baked from today's Amazon Linux, unless that was done", async () => {
    await addBase("ami-1", "ami-0a10000", "2026-01-01T00:00:00.000Z");
    const { image } = await bake("imagery", true);
    expect((await builds())[0]).toEqual(["base.*", "ami-0a12023"]);
    expect(image.parent).not.toBe("ami-1");
    expect((await bake("imagery", true)).existed).toBe(true);
    expect(await builds()).toHaveLength(2);
  });

  it.each([
    ["the recipe of the base layer makes both layers new", "images/base/new.sh", ["base.*", "imagery.*"]],
    ["the application's recipe makes its layer new", "images/imagery/new.env", ["imagery.*"]],
    ["a template that all share makes both layers new", "images/new.pkr.hcl", ["base.*", "imagery.*"]],
    ["what is not baked makes nothing new, although the tree is dirty", "docs/new.md", []],
  ])("a change of %s", async (_, file, expected) => {
    await bake("imagery");
    await rm(programs.path("calls"));
    await copy.files.write(file, "new");
    try {
      await bake("imagery");
      expect((await builds()).map(([only]) => only)).toEqual(expected);
      const commits = (await builds("commit")).map(([, commit]) => commit);
      expect(commits.filter((commit) => commit?.endsWith("-dirty") !== true)).toEqual([]);
    } finally {
      await rm(copy.files.path(file));
    }
  });

  it("a program of others has its image as well, of its recipe alone: nothing is built", async () => {
    const { image } = await bake("jenkins");
    const [base = ""] = aws.images.ids();
    expect(await builds()).toEqual([
      ["base.*", "ami-0a12023"],
      ["jenkins.*", base],
    ]);
    expect(existsSync(copy.files.path("dist/jenkins"))).toBe(false);
    expect(await bake("jenkins")).toEqual({ image, existed: true });
    const content = await copy.baking.currentContent("jenkins", aws);
    expect(content && (await copy.baking.imageWith(content, aws.clients))).toEqual(image);
  });

  it("an application that there is not is refused, with those that there are", async () => {
    await expect(bake("nothing")).rejects.toThrow(
      'there is no application "nothing"; there are: base, imagery, jenkins, url2png',
    );
    expect(await builds()).toEqual([]);
  });

  it("that fails leaves no image, and is an error", async () => {
    await standInPacker(programs, { fail: "the service does not start" });
    const options = { clients: aws.clients, region: "eu-west-1", say: () => undefined, show: () => undefined };
    await expect(copy.baking.bake("base", false, options)).rejects.toThrow(
      "packer build failed (exit code 1):\nthe service does not start",
    );
    expect(aws.images.ids()).toEqual([]);
  });

  it("what an application would be made of is not known without a base layer", async () => {
    expect(await copy.baking.currentContent("imagery", aws)).toBeUndefined();
  });
});
