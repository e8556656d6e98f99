import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { contentHash, versionOf } from "../../../../tools/release/bake/content";
import { Temporary } from "../support/temporary";

let here: Temporary;
let there: Temporary;

/** Content that would go into an image. */
async function fill(folder: Temporary, changes: Readonly<Record<string, string>> = {}): Promise<void> {
  const files = {
    "images/a.sh": "echo a\n",
    "images/app/app.service": "[Unit]\n",
    "dist/app/main.js": "1;\n",
    ...changes,
  };
  for (const [name, content] of Object.entries(files)) await folder.write(name, content);
}

function hashOf(
  folder: Temporary,
  names = ["images/a.sh", "images/app", "dist/app"],
  parent = "ami-0",
): Promise<string> {
  return contentHash(
    folder.folder,
    names.map((name) => folder.path(name)),
    parent,
  );
}

beforeEach(async () => {
  [here, there] = await Promise.all([Temporary.make(), Temporary.make()]);
  await fill(here);
});

afterEach(async () => {
  await Promise.all([here.remove(), there.remove()]);
});

describe("the hash of an image's content", () => {
  it("is the same in another folder, and in whatever order files are named", async () => {
    await fill(there);
    const hash = await hashOf(here);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await hashOf(there, ["dist/app", "images/app", "images/a.sh"])).toBe(hash);
  });

  it("does not know of files beside what is named", async () => {
    await fill(there, { "README.md": "hello" });
    expect(await hashOf(there)).toBe(await hashOf(here));
  });

  it.each([
    ["one byte of a file", { "dist/app/main.js": "2;\n" }],
    ["an empty file more", { "dist/app/empty": "" }],
    ["bytes that move from one file to the next", { "dist/app/main.js": "1;\n[", "images/app/app.service": "Unit]\n" }],
  ])("is another one with %s", async (_, changes) => {
    await fill(there, changes);
    expect(await hashOf(there)).not.toBe(await hashOf(here));
  });

  it("is another one when a file has another name", async () => {
    await there.write("images/a.sh", "echo a\n");
    await there.write("images/app/other.service", "[Unit]\n");
    await there.write("dist/app/main.js", "1;\n");
    expect(await hashOf(there)).not.toBe(await hashOf(here));
  });

  it.each(["file images/b.sh 1\n", "file images/b.sh \n", "images/b.sh"])(
    "is another one when a file holds what another file and its name (%j) would add",
    async (header) => {
      await there.write("images/a.sh", `1${header}2`);
      await here.write("images/a.sh", "1");
      await here.write("images/b.sh", "2");
      expect(await hashOf(there, ["images"])).not.toBe(await hashOf(here, ["images/a.sh", "images/b.sh"]));
    },
  );

  it("is another one on another parent", async () => {
    expect(await hashOf(here, undefined, "ami-1")).not.toBe(await hashOf(here));
  });

  it("is an error when something named is not there", async () => {
    await expect(hashOf(here, ["images/missing"])).rejects.toThrow("ENOENT");
  });
});

describe("the version of an image", () => {
  it("is the beginning of its commit and of its content's hash, whether or not the tree was dirty", () => {
    const hash = "0123456789abcdef".repeat(4);
    expect(versionOf("89abcdef0123456789abcdef0123456789abcdef", hash)).toBe("89abcde-0123456789ab");
    expect(versionOf("89abcdef0123456789abcdef0123456789abcdef-dirty", hash)).toBe("89abcde-0123456789ab");
  });
});
