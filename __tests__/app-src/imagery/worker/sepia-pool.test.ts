import { writeFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { loadCodecModules, type CodecModules } from "../../../../app-src/imagery/worker/codecs";
import { checkHeader } from "../../../../app-src/imagery/worker/header";
import { SepiaPool } from "../../../../app-src/imagery/worker/sepia-pool";
import { eventually } from "../../../support/eventually";
import { BUILT } from "./support/built";
import { difference, pixelsOf, sepiaOf } from "./support/pixels";
import { picture } from "./support/samples";

let codecs: CodecModules;
let pool: SepiaPool | undefined;
let folder: string | undefined;

beforeAll(async () => {
  codecs = await loadCodecModules(new URL("codecs/", BUILT));
});

afterEach(async () => {
  await pool?.close();
  if (folder) await rm(folder, { recursive: true });
  folder = undefined;
});

function createPool(threads: number, threadFile = new URL("worker-thread.js", BUILT), timeLimitMs?: number): SepiaPool {
  pool = new SepiaPool({ threadFile, codecs, threads, ...(timeLimitMs !== undefined && { timeLimitMs }) });
  return pool;
}

/** A thread that does what it is told by the first byte behind a BMP's two. */
async function misbehavingThread(): Promise<URL> {
  folder = await mkdtemp(join(tmpdir(), "steadfast-thread-"));
  const file = join(folder, "thread.mjs");
  await writeFile(
    file,
    `import { parentPort } from "node:worker_threads";
     parentPort.on("message", ({ bytes }) => {
       const order = String.fromCharCode(bytes[2]);
       if (order === "h") for (;;);
       if (order === "m") { const all = []; for (;;) all.push({}); }
       if (order === "c") throw new Error("crash");
       if (order === "x") process.exit(3);
       parentPort.postMessage({ kind: "image", image: { png: new Uint8Array(1), width: 1, height: 1 } });
     });
     parentPort.postMessage({ kind: "ready" });`,
  );
  return pathToFileURL(file);
}

const header = { type: "bmp", width: 1, height: 1, pixels: 1 } as const;
const order = (letter: string) => Buffer.from(Uint8Array.from(Buffer.from(`BM${letter}`)).buffer);

describe("SepiaPool", () => {
  it("works on more images than threads, small and large, and good and bad ones", async () => {
    const threads = createPool(2);
    const file = await picture(320, 200).png().toBuffer();
    const large = await picture(3600, 2400).png().toBuffer();
    const expected = sepiaOf(await pixelsOf(file));
    const run = (bytes: Buffer) => threads.run(Buffer.from(Uint8Array.from(bytes).buffer), checkHeader(bytes));
    const results = await Promise.allSettled(
      [file, large, file.subarray(0, 200), file, large, file, file.subarray(0, 300), file].map(run),
    );
    expect(results.map(({ status }) => status === "fulfilled")).toEqual([
      true,
      true,
      false,
      true,
      true,
      true,
      false,
      true,
    ]);
    for (const i of [0, 3, 5, 7]) {
      const result = results[i];
      if (result?.status !== "fulfilled") throw new Error(`image ${i} failed`);
      expect(difference(await pixelsOf(result.value.png), expected)).toBeLessThanOrEqual(1);
    }
  });

  describe.each([
    ["hangs", "h", "could not be processed within 0.5 seconds"],
    ["takes all memory", "m", "would take more memory than there is"],
    ["crashes", "c", "the image thread died"],
    ["exits", "x", "the image thread died"],
  ])("when a thread %s", (_, letter, message) => {
    it("fails its own image only, and replaces the thread", async () => {
      const threads = createPool(1, await misbehavingThread(), letter === "h" ? 500 : 60_000);
      const bad = threads.run(order(letter), header);
      const good = threads.run(order("."), header);
      await expect(bad).rejects.toThrow(message);
      await expect(good).resolves.toMatchObject({ width: 1 });
      expect(threads.usable).toBe(true);
    });
  });

  it("is not usable as long as no thread can start", async () => {
    const threads = createPool(1, new URL("missing.js", BUILT));
    await eventually("the failed start", () => !threads.usable);
    expect(threads.usable).toBe(false);
  });

  it("fails what waits when it is closed", async () => {
    const threads = createPool(1, await misbehavingThread());
    const outcomes = Promise.allSettled([threads.run(order("h"), header), threads.run(order("."), header)]);
    await threads.close();
    expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });
});
