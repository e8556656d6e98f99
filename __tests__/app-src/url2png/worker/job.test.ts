import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Outcome } from "../../../../app-src/shared/consumer";
import { createLogger } from "../../../../app-src/shared/logger";
import { PageError } from "../../../../app-src/url2png/browser/page-error";
import { formatMessage } from "../../../../app-src/url2png/shared/message";
import { PageJob } from "../../../../app-src/url2png/worker/job";
import { ResultStorage } from "../../../../app-src/url2png/worker/storage";
import { startAwsEmulators, type AwsEmulators } from "../../../support/aws";
import { Pictures } from "./support/pictures";
import { ScriptedBrowser } from "./support/scripted-browser";

const url = "https://example.org/";

let aws: AwsEmulators;
let pictures: Pictures;
let browser: ScriptedBrowser;
let stopping: AbortController;
let id = "";

beforeAll(async () => {
  aws = await startAwsEmulators();
  pictures = new Pictures(aws);
});

afterAll(() => aws.stop());

beforeEach(() => {
  browser = new ScriptedBrowser();
  stopping = new AbortController();
  id = randomUUID();
  aws.fail(undefined);
});

function run(receiveCount = 1, body = formatMessage({ id, url })): Promise<Outcome> {
  const job = new PageJob({
    browser,
    storage: new ResultStorage(aws.s3, aws.bucket),
    logger: createLogger("test", "silent"),
    stopping: stopping.signal,
  });
  return job.run({ id: "message", body, receiptHandle: "handle", receiveCount });
}

/** The page fails in this way from now on. */
function fails(transient: boolean): void {
  browser.scene = () => Promise.reject(new PageError("page-crashed", "The page has crashed.", transient));
}

describe("a message", () => {
  it("whose page is photographed is done, its picture stored as image/png", async () => {
    expect(await run()).toBe("done");
    expect(await pictures.picture(id)).toEqual({ body: Buffer.from(`picture of ${url}`), type: "image/png" });
    expect(await pictures.failure(id)).toBeUndefined();
  });

  it("that comes twice ends in the same object", async () => {
    expect([await run(1), await run(2)]).toEqual(["done", "done"]);
    expect((await pictures.picture(id))?.body.toString()).toBe(`picture of ${url}`);
  });

  it("whose page can never be photographed is done at once, with a document that says why", async () => {
    fails(false);
    const before = Date.now();
    expect(await run(1)).toBe("done");
    const { failedAt, ...failure } = (await pictures.failure(id)) ?? { failedAt: "" };
    expect(failure).toEqual({ id, url, reason: "page-crashed", message: "The page has crashed." });
    expect(Date.parse(failedAt)).toBeGreaterThanOrEqual(before);
    expect((await pictures.stored(`${id}.json`))?.type).toBe("application/json");
    expect(await pictures.picture(id)).toBeUndefined();
  });

  it.each([
    [1, "retry"],
    [2, "retry"],
    [3, "done"],
    [7, "done"],
  ])("whose page may work another time, received the %d. time, is: %s", async (receiveCount, outcome) => {
    fails(true);
    expect(await run(receiveCount)).toBe(outcome);
    expect((await pictures.failure(id))?.reason).toBe(outcome === "done" ? "page-crashed" : undefined);
  });

  it("that failed and comes again gets its picture, beside the document", async () => {
    fails(false);
    await run(1);
    browser.scene = () => Promise.resolve(Buffer.from("late"));
    expect(await run(2)).toBe("done");
    expect((await pictures.picture(id))?.body.toString()).toBe("late");
    expect(await pictures.failure(id)).toMatchObject({ reason: "page-crashed" });
  });

  it.each([1, 9])("that meets a trouble of the browser's, received the %d. time, comes back", async (receiveCount) => {
    browser.scene = () => Promise.reject(new Error("no browser can be started"));
    expect(await run(receiveCount)).toBe("retry");
    expect(await pictures.failure(id)).toBeUndefined();
  });

  it.each([
    ["picture", () => undefined],
    [
      "failure",
      () => {
        fails(false);
      },
    ],
  ])("whose %s cannot be stored comes back", async (_, arrange) => {
    arrange();
    aws.fail({ matches: ({ method }) => method === "PUT", status: 403 });
    expect(await run(9)).toBe("retry");
  });

  it("whose page fails because the worker ends comes back, and is not the page's fault", async () => {
    browser.scene = () => {
      stopping.abort();
      return Promise.reject(new PageError("page-crashed", "The browser was closed.", false));
    };
    expect(await run(9)).toBe("retry");
    expect(await pictures.failure(id)).toBeUndefined();
  });

  it("hands its URL to the browser as it is, and the worker's end with it", async () => {
    let given: AbortSignal | undefined;
    browser.scene = (_, signal) => {
      given = signal;
      return Promise.resolve(Buffer.from("png"));
    };
    await run(1, formatMessage({ id, url: "file:///etc/passwd" }));
    expect(browser.urls).toEqual(["file:///etc/passwd"]);
    expect(given).toBe(stopping.signal);
  });

  it.each([
    ["no JSON", "https://example.org/"],
    ["without an id", JSON.stringify({ url })],
    ["with an id that would be another key", JSON.stringify({ id: "../index", url })],
  ])("%s is poison, and opens nothing", async (_, body) => {
    expect(await run(1, body)).toBe("poison");
    expect(browser.urls).toEqual([]);
  });
});
