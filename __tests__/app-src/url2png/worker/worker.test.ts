import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { createLogger } from "../../../../app-src/shared/logger";
import { PageError } from "../../../../app-src/url2png/browser/page-error";
import { loadWorkerConfig } from "../../../../app-src/url2png/shared/config";
import { startWorker, type RunningWorker } from "../../../../app-src/url2png/worker/worker";
import { freePort } from "../../../../tools/local/fleet/free-port";
import { startAwsEmulators, type AwsEmulators } from "../../../support/aws";
import { eventually } from "../../../support/eventually";
import { Pictures } from "./support/pictures";
import { ScriptedBrowser } from "./support/scripted-browser";

jest.setTimeout(60_000);

let aws: AwsEmulators;
let pictures: Pictures;
let browser: ScriptedBrowser;
let worker: RunningWorker | undefined;
let health = "";

// Emulators of its own for each test: theirs does not notice that a poll was given up, and would answer it with the next message.
beforeEach(async () => {
  aws = await startAwsEmulators();
  pictures = new Pictures(aws);
  browser = new ScriptedBrowser();
});

afterEach(async () => {
  aws.fail(undefined);
  await worker?.stop();
  worker = undefined;
  await aws.stop();
});

async function start(): Promise<RunningWorker> {
  const port = await freePort();
  health = `http://127.0.0.1:${port}/health`;
  Object.assign(process.env, aws.environment);
  const config = loadWorkerConfig({ ...aws.environment, PORT: String(port), CONCURRENCY: "2" });
  worker = await startWorker(config, createLogger("test", "silent"), () => Promise.resolve(browser));
  return worker;
}

/** Pages that last until they are let go. @returns lets them go */
function holdPages(): () => void {
  let release: () => void = () => undefined;
  const released = new Promise<Buffer>((resolve) => {
    release = () => {
      resolve(Buffer.from("png"));
    };
  });
  browser.scene = () => released;
  return release;
}

describe("a worker", () => {
  it("photographs every page, as many at once as it is told, and empties the queue", async () => {
    let open = 0;
    let most = 0;
    browser.scene = async (url) => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setImmediate(resolve));
      open--;
      return Buffer.from(url);
    };
    const urls = Array.from({ length: 25 }, (_, i) => `https://example.org/${i}`);
    const ids = await Promise.all(urls.map((url) => pictures.request(url)));
    await start();
    await pictures.untilQueueEmpty();
    const stored = await Promise.all(ids.map((id) => pictures.picture(id)));
    expect(stored.map((each) => each?.body.toString())).toEqual(urls);
    expect(most).toBe(2);
  });

  it("leaves what it cannot begin soon in the queue, where it counts and where others find it", async () => {
    const release = holdPages();
    await Promise.all(Array.from({ length: 20 }, (_, i) => pictures.request(`https://example.org/${i}`)));
    await start();
    await eventually("two pages in work, and two that wait", async () => (await pictures.queued()).inHand === 4);
    expect(browser.urls).toHaveLength(2);
    release();
    await pictures.untilQueueEmpty();
  });

  it("tries a page that may work another time three times, and then says why there is no picture", async () => {
    browser.scene = () => Promise.reject(new PageError("page-crashed", "The page has crashed.", true));
    const id = await pictures.request("https://example.org/");
    await start();
    expect(await pictures.untilFailure(id)).toMatchObject({ id, reason: "page-crashed" });
    expect(browser.urls).toHaveLength(3);
    await pictures.untilQueueEmpty();
  });

  it("sends poison to the dead-letter queue in ten receives, and goes on meanwhile", async () => {
    await pictures.send("https://example.org/");
    await pictures.send(JSON.stringify({ id: "../index", url: "https://example.org/" }));
    const id = await pictures.request("https://example.org/");
    await start();
    await pictures.untilPicture(id);
    await eventually("two dead letters", async () => (await pictures.queued(aws.deadLetterQueueUrl)).visible === 2, 30);
    await pictures.untilQueueEmpty();
  });

  it("photographs again when the bucket recovers", async () => {
    aws.fail({ matches: ({ method }) => method === "PUT", status: 503 });
    const id = await pictures.request("https://example.org/");
    await start();
    await eventually("a message put off", () =>
      aws.requests.some(({ action }) => action === "ChangeMessageVisibilityBatch"),
    );
    aws.fail(undefined);
    await pictures.untilPicture(id);
    await pictures.untilQueueEmpty();
  });

  it("is healthy while its browser can be used", async () => {
    await start();
    expect((await fetch(health)).status).toBe(200);
    browser.usable = false;
    expect((await fetch(health)).status).toBe(503);
  });

  it("that stops ends the pages in work, gives back the rest, and closes the browser after them", async () => {
    const release = holdPages();
    const first = await pictures.request("https://example.org/1");
    const running = await start();
    await eventually("a page in work", () => browser.urls.length === 1);
    const stopped = running.stop();
    expect(running.healthy()).toBe(false);
    const second = await pictures.request("https://example.org/2");
    expect(browser.closed).toBe(false);
    release();
    await stopped;
    worker = undefined;
    expect(browser.closed).toBe(true);
    expect(await pictures.picture(first)).toBeDefined();
    expect(await pictures.picture(second)).toBeUndefined();
  });
});
