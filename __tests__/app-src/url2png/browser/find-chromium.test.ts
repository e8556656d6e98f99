import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { findChromium, type ChromiumPlaces } from "../../../../app-src/url2png/browser/find-chromium";
import { unpackChromium } from "../../../../app-src/url2png/browser/unpack-chromium";

const PACKAGE = join(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")), "../../bin");

let folder: string;
let packed: string;

/** The package's small files, and a program that is small too. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "find-chromium-"));
  packed = join(folder, "packed");
  await mkdir(packed);
  for (const file of ["al2023.tar.br", "fonts.tar.br"]) await cp(join(PACKAGE, file), join(packed, file));
  await writeFile(join(packed, "chromium.br"), brotliCompressSync("a program"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe("unpacking Chromium", () => {
  it("gives the program, the libraries it needs, a font, and where fonts are", async () => {
    const into = join(folder, "with & sign");
    await unpackChromium(packed, into);

    expect(await readFile(join(into, "chromium"), "utf8")).toBe("a program");
    expect((await stat(join(into, "chromium"))).mode & 0o111).toBe(0o111);
    expect(await readdir(join(into, "lib"))).toEqual(expect.arrayContaining(["libnss3.so", "libexpat.so.1"]));
    expect(await readdir(join(into, "fonts", "Open_Sans"))).toContain("OpenSans-Regular.ttf");
    expect(await readFile(join(into, "fonts.conf"), "utf8")).toContain(`<dir>${folder}/with &amp; sign/fonts</dir>`);
  });

  it("can be done beside the packed files, as in an image", async () => {
    await unpackChromium(packed, packed);

    expect(existsSync(join(packed, "chromium"))).toBe(true);
    expect(existsSync(join(packed, "chromium.br"))).toBe(true);
  });

  it("can be done by several at once, and leaves nothing else behind", async () => {
    const into = join(folder, "cache");
    await Promise.all([1, 2, 3].map(() => unpackChromium(packed, into)));

    expect((await readdir(into)).sort()).toEqual(["chromium", "fonts", "fonts.conf", "lib"]);
  });

  it("leaves no program when a file is damaged", async () => {
    await writeFile(join(packed, "fonts.tar.br"), "damaged");
    const into = join(folder, "cache");

    await expect(unpackChromium(packed, into)).rejects.toThrow();
    expect(await readdir(into)).toEqual([]);
  });

  it("clears up after one that was killed in the middle of it", async () => {
    const into = join(folder, "cache");
    await mkdir(join(into, ".unpacking-2000000000-abc"), { recursive: true });
    await unpackChromium(packed, into);

    expect(await readdir(into)).not.toContain(".unpacking-2000000000-abc");
  });
});

describe("Chromium's program", () => {
  const find = (places: Partial<ChromiumPlaces>): Promise<string> =>
    findChromium({
      environment: { XDG_CACHE_HOME: join(folder, "cache") },
      system: "linux-x64",
      beside: join(folder, "nothing"),
      installed: [],
      ...places,
    });

  it("is the one that CHROMIUM_PATH names", async () => {
    const chosen = join(packed, "chromium.br");
    expect(await find({ environment: { CHROMIUM_PATH: chosen }, beside: packed })).toBe(chosen);
  });

  it("is an error when CHROMIUM_PATH names none", async () => {
    await expect(find({ environment: { CHROMIUM_PATH: "/no/such" } })).rejects.toThrow(
      "CHROMIUM_PATH=/no/such does not exist",
    );
  });

  it("is the one that is unpacked beside the bundle, whatever the system", async () => {
    await unpackChromium(packed, packed);
    expect(await find({ beside: packed, system: "linux-arm64" })).toBe(join(packed, "chromium"));
  });

  it("is unpacked into the user's cache once, and found there from then on", async () => {
    const first = await find({ beside: packed });
    const { mtimeMs } = await stat(first);
    const second = await find({ beside: packed });

    expect(first.startsWith(join(folder, "cache", "steadfast", "chromium-"))).toBe(true);
    expect(second).toBe(first);
    expect((await stat(second)).mtimeMs).toBe(mtimeMs);
  });

  it("is another one in the cache when another one is packed", async () => {
    const first = await find({ beside: packed });
    await writeFile(join(packed, "chromium.br"), brotliCompressSync("the next version"));

    expect(await find({ beside: packed })).not.toBe(first);
  });

  it("is in .cache of the user's home when no other cache is named", async () => {
    const found = await find({ beside: packed, environment: { HOME: folder } });
    expect(found.startsWith(join(folder, ".cache", "steadfast"))).toBe(true);
  });

  it.each(["darwin-arm64", "linux-arm64"])(
    "is an installed one on %s, for which the package has none",
    async (system) => {
      const installed = join(packed, "chromium.br");
      expect(await find({ system, beside: packed, installed: ["/no/such", installed] })).toBe(installed);
    },
  );

  it("is an error that says what to do where there is none", async () => {
    await expect(find({ system: "darwin-arm64" })).rejects.toThrow(
      "no Chromium for darwin-arm64: install Chrome or Chromium, or set CHROMIUM_PATH",
    );
  });
});
