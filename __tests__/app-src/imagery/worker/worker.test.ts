import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { loadWorkerConfig } from "../../../../app-src/imagery/shared/config";
import { createLogger } from "../../../../app-src/shared/logger";
import { formatMessage } from "../../../../app-src/imagery/shared/message";
import { startWorker, type RunningWorker } from "../../../../app-src/imagery/worker/worker";
import { startAwsEmulators, type AwsEmulators } from "../../../support/aws";
import { eventually } from "../../../support/eventually";
import { BUILT } from "./support/built";
import { freePort } from "../../../../tools/local/fleet/free-port";
import { Images } from "./support/images";
import { difference, pixelsOf, sepiaOf } from "./support/pixels";
import { picture, pngHeader } from "./support/samples";

jest.setTimeout(60_000);

let aws: AwsEmulators;
let images: Images;
let worker: RunningWorker | undefined;
let url = "";

// Emulators of its own for each test: theirs does not notice that a poll was given up, and would answer it with the next message.
beforeEach(async () => {
  aws = await startAwsEmulators();
  images = new Images(aws);
});

afterEach(async () => {
  aws.fail(undefined);
  await worker?.stop();
  worker = undefined;
  await aws.stop();
});

async function start(settings: Record<string, string> = {}): Promise<RunningWorker> {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  Object.assign(process.env, aws.environment);
  const config = loadWorkerConfig({ ...aws.environment, PORT: String(port), THREADS: "2", ...settings });
  worker = await startWorker(config, BUILT, createLogger("test", "silent"));
  return worker;
}

const photo = () => picture(320, 240).jpeg({ quality: 90 }).toBuffer();

describe("a worker", () => {
  it("turns uploads into sepia, takes the mark of the sweep off them and empties the queue", async () => {
    const file = await photo();
    const ids = await Promise.all(Array.from({ length: 25 }, () => images.submit(file)));
    await start();
    const expected = sepiaOf(await pixelsOf(file));
    for (const id of ids) {
      expect(await images.until(id, "processed")).not.toHaveProperty("unqueued");
      expect(difference(await pixelsOf(await images.result(id)), expected)).toBeLessThanOrEqual(5);
    }
    await images.untilQueueEmpty();
  });

  it("takes up to ten messages with a receive", async () => {
    const file = await photo();
    const ids = await Promise.all(Array.from({ length: 10 }, () => images.submit(file)));
    const before = aws.requests.length;
    await start();
    await Promise.all(ids.map((id) => images.until(id, "processed")));
    await worker?.stop();
    const receives = aws.requests.slice(before).filter(({ action }) => action === "ReceiveMessage");
    expect(receives.length).toBeLessThanOrEqual(2); // the second one waits for more
  });

  it.each([
    ["a text", Buffer.from("not an image"), "not a JPEG, PNG, GIF, BMP or TIFF"],
    ["a bomb", pngHeader(30_000, 30_000), "30000 × 30000 pixels"],
    ["half a file", "half", "incomplete"],
  ])("fails %s at once, with a reason for the user, and goes on with others", async (_, given, reason) => {
    const file = await photo();
    const bad = await images.submit(typeof given === "string" ? file.subarray(0, file.length / 2) : given);
    const good = await images.submit(file);
    await start();
    expect((await images.until(bad, "failed")).reason).toContain(reason);
    await images.until(good, "processed");
    await images.untilQueueEmpty();
  });

  it("fails an image whose file is gone, and asks for it again", async () => {
    const { id } = await images.table.create();
    await images.table.markUploaded(id, 1);
    await images.send(formatMessage(id));
    await start();
    expect((await images.until(id, "failed")).reason).toContain("upload it again");
  });

  it("does nothing for a duplicate", async () => {
    await start();
    const id = await images.submit(await photo());
    const { version } = await images.until(id, "processed");
    await images.send(formatMessage(id));
    await images.untilQueueEmpty();
    expect(await images.table.get(id)).toMatchObject({ version, state: "processed" });
  });

  it("processes the last of several uploads, whichever message comes first", async () => {
    const { id } = await images.table.create();
    await images.upload(id, await photo(), 1);
    const last = await picture(50, 40).png().toBuffer();
    await images.upload(id, last, 2);
    await images.send(formatMessage(id));
    await images.send(formatMessage(id));
    await start();
    expect(await images.until(id, "processed")).toMatchObject({ processedKey: `processed/${id}-2.png` });
    expect(difference(await pixelsOf(await images.result(id)), sepiaOf(await pixelsOf(last)))).toBeLessThanOrEqual(1);
    await images.untilQueueEmpty();
  });

  it("leaves an upload that comes while it works to that upload's own message", async () => {
    const id = await images.submit(await photo());
    let stored: Promise<void> | undefined;
    const last = await picture(50, 40).png().toBuffer();
    aws.fail({
      matches: ({ method, url: path }) => {
        if (method === "PUT" && path.includes("processed/")) stored ??= images.upload(id, last, Date.now() + 1000);
        return stored !== undefined && method === "PUT" && path.includes(`processed/${id}`);
      },
      status: 500,
    });
    await start();
    await eventually("the second upload", () => stored !== undefined);
    await stored;
    aws.fail(undefined);
    await images.send(formatMessage(id));
    const { processedKey, rawKey } = await images.until(id, "processed");
    expect(processedKey).toBe(`${String(rawKey).replace("upload/", "processed/")}.png`);
    expect(difference(await pixelsOf(await images.result(id)), sepiaOf(await pixelsOf(last)))).toBeLessThanOrEqual(1);
    await images.untilQueueEmpty();
  });

  it("sends poison to the dead-letter queue in ten receives, and goes on meanwhile", async () => {
    const { id: neverUploaded } = await images.table.create();
    await images.send("not JSON");
    await images.send(formatMessage("00000000-0000-4000-8000-000000000000"));
    await images.send(formatMessage(neverUploaded));
    const good = await images.submit(await photo());
    await start();
    await images.until(good, "processed");
    await eventually("three dead letters", async () => (await images.queued(aws.deadLetterQueueUrl)).visible === 3, 30);
    await images.untilQueueEmpty();
  });

  it("tries again when the bucket recovers", async () => {
    const submitted = await images.submit(await photo());
    aws.fail({ matches: ({ action }) => action === undefined, status: 503 });
    const before = aws.requests.length;
    await start();
    await eventually("a message put off", () =>
      aws.requests.slice(before).some(({ action }) => action === "ChangeMessageVisibilityBatch"),
    );
    expect((await images.table.get(submitted))?.state).toBe("uploaded");
    aws.fail(undefined);
    await images.until(submitted, "processed");
    await images.untilQueueEmpty();
  });

  it("survives a queue that fails", async () => {
    const failed = aws.requests.length;
    aws.fail({ matches: ({ action }) => action === "ReceiveMessage", status: 500 });
    await start();
    await eventually("a failed receive", () => aws.requests.slice(failed).some(({ status }) => status === 500));
    aws.fail(undefined);
    await images.until(await images.submit(await photo()), "processed");
  });

  it("is healthy while it works, and no more when it stops", async () => {
    const running = await start();
    await eventually("health", async () => (await fetch(`${url}/health`)).status === 200);
    expect((await fetch(`${url}/`)).status).toBe(404);
    await running.stop();
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });
});
