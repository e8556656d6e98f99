import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { currentCommit } from "../../../../tools/release/bake/commit";
import { describeWithGit, initialize } from "../support/git";
import { withPath } from "../support/stand-in-packer";
import { Temporary } from "../support/temporary";

let here: Temporary;

beforeEach(async () => {
  here = await Temporary.make();
});

afterEach(async () => {
  await here.remove();
});

describeWithGit("the commit of a working tree", () => {
  it("is the full one", async () => {
    await here.write("a", "1");
    initialize(here.folder);
    const { stdout } = spawnSync("git", ["rev-parse", "HEAD"], { cwd: here.folder, encoding: "utf8" });
    expect(await currentCommit(here.folder)).toBe(stdout.trim());
  });

  it.each([
    ["changed", "a"],
    ["new", "b"],
  ])("says that a file is %s", async (_, file) => {
    await here.write("a", "1");
    initialize(here.folder);
    await here.write(file, "2");
    expect(await currentCommit(here.folder)).toMatch(/^[0-9a-f]{40}-dirty$/);
  });

  it("does not exist where there is no repository", async () => {
    await expect(currentCommit(here.folder)).rejects.toThrow(/^git rev-parse failed .*not a git repository/s);
  });

  it("cannot be told without git, which is said", async () => {
    const restore = withPath(here.folder);
    process.env.PATH = here.folder;
    try {
      await expect(currentCommit(here.folder)).rejects.toThrow(/^git is not installed\. .*https:/);
    } finally {
      restore();
    }
  });
});
