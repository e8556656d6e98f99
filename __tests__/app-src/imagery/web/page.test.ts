import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "puppeteer-core";
import { startAwsEmulators, type AwsEmulators } from "../../../support/aws";
import { startBrowser } from "../../../support/browser";
import { startImageryServer, type RunningServer } from "../../../support/imagery-server";
import { landscape } from "../../../support/photo";
import { processAsWorker, uploadedKey } from "../../../support/worker-stand-in";

// A browser on a busy machine misses a key press now and then: once more, and the log says what was missed.
jest.retryTimes(1, { logErrorsBeforeRetry: true });

const started = await startBrowser();
const UNKNOWN = "00000000-0000-4000-8000-000000000000";

if (started) {
  describe("the web page", () => {
    testPage(started);
  });
} else {
  describe.skip("the web page", () => {
    it("needs a browser", () => undefined);
  });
}

function testPage(browser: Browser): void {
  let aws: AwsEmulators;
  let imagery: RunningServer;
  let folder: string;
  let context: BrowserContext;
  let page: Page;
  /** What the browser complained about: script errors, violations of the content security policy, failed requests. */
  let complaints: string[];

  beforeAll(async () => {
    aws = await startAwsEmulators();
    imagery = await startImageryServer(aws);
    folder = await mkdtemp(join(tmpdir(), "imagery-page-"));
    await writeFile(join(folder, "dusk.jpg"), await landscape(600, 400));
    await writeFile(join(folder, "dawn.jpg"), await landscape(300, 400));
    await writeFile(join(folder, "fake.jpg"), "I am no photo");
    await writeFile(join(folder, "notes.txt"), "Nor am I");
    await writeFile(join(folder, "scan.tif"), Buffer.concat([Buffer.from("II*\0"), Buffer.alloc(300_000)]));
  });
  afterAll(async () => {
    await browser.close();
    await imagery.server.close();
    await aws.stop();
    await rm(folder, { recursive: true });
  });

  beforeEach(async () => {
    context = await browser.createBrowserContext();
    page = await context.newPage();
    await page.bringToFront(); // keys go to the page in front
    complaints = [];
    page.on("console", (message) => {
      if (["error", "warn"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(imagery.url);
  });
  afterEach(() => context.close());

  const file = (name: string): string => join(folder, name);

  async function choose(...names: string[]): Promise<void> {
    const input = await page.waitForSelector("input[type=file]");
    if (input?.uploadFile === undefined) throw new Error("there is no file input");
    await input.uploadFile(...names.map(file));
  }

  /** Waits for the card of a file to come into a state; gives the image's id. */
  async function cardIn(state: string, name: string): Promise<string> {
    const card = await page.waitForSelector(`.card[data-state="${state}"][aria-label="${name}"]`);
    const href = await card?.$eval(".permalink", (link) => link.getAttribute("href"));
    return href?.split("id=")[1] ?? "";
  }

  async function text(selector: string): Promise<string> {
    return page.$eval(selector, (element) => element.textContent);
  }

  /** Widths of the original and the result as the browser has decoded them; 0 when one is not shown. */
  async function shownWidths(): Promise<number[]> {
    await page.waitForFunction(() =>
      [...document.querySelectorAll<HTMLImageElement>(".card .frame img:not([hidden])")].every(
        (image) => image.complete,
      ),
    );
    return page.$$eval(".card .frame img", (images) => images.map((image) => (image.hidden ? 0 : image.naturalWidth)));
  }

  it("takes a chosen photo from created over uploaded to processed, and shows it before and after", async () => {
    await choose("dusk.jpg");
    const id = await cardIn("uploaded", "dusk.jpg");
    expect(await page.$$eval(".steps .done", (steps) => steps.map((step) => step.textContent))).toEqual([
      "Created",
      "Uploaded",
    ]);
    await processAsWorker(aws, imagery.processes, id);
    await cardIn("processed", "dusk.jpg");
    expect(await page.$$eval(".steps .done", (steps) => steps.length)).toBe(3);
    expect(await shownWidths()).toEqual([600, 600]);
    expect(await text("#status")).toBe("dusk.jpg is ready");
    const download = await page.$eval(".download", (link) => link.getAttribute("href"));
    expect((await fetch(download ?? "")).headers.get("content-type")).toBe("image/png");
    expect(complaints).toEqual([]);
  });

  it("takes photos that are dropped anywhere, several at once", async () => {
    await page.evaluate(async () => {
      const transfer = new DataTransfer();
      for (const name of ["a.png", "b.png", "c.png"]) {
        const canvas = document.createElement("canvas");
        const blob = await new Promise<Blob | null>((resolve) => {
          canvas.toBlob(resolve);
        });
        transfer.items.add(new File([blob ?? ""], name, { type: "image/png" }));
      }
      for (const type of ["dragenter", "dragover", "drop"]) {
        document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
      }
    });
    const ids = await Promise.all(["a.png", "b.png", "c.png"].map((name) => cardIn("uploaded", name)));
    await Promise.all(ids.map((id) => processAsWorker(aws, imagery.processes, id)));
    await Promise.all(["a.png", "b.png", "c.png"].map((name) => cardIn("processed", name)));
    expect(await shownWidths()).toEqual(Array.from({ length: 6 }, () => 300));
    expect(complaints).toEqual([]);
  });

  it("takes a photo that is pasted", async () => {
    await page.evaluate(async () => {
      const canvas = document.createElement("canvas");
      const blob = await new Promise<Blob | null>((resolve) => {
        canvas.toBlob(resolve);
      });
      const transfer = new DataTransfer();
      transfer.items.add(new File([blob ?? ""], "clip.png", { type: "image/png" }));
      document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer }));
    });
    expect(await cardIn("uploaded", "clip.png")).not.toBe("");
  });

  it("is used by keyboard alone", async () => {
    const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.id ?? "");
    for (let i = 0; i < 5 && (await focused()) !== "file"; i++) await page.keyboard.press("Tab");
    expect(await focused()).toBe("file");
    const outline = await page.$eval("label[for=file]", (label) => getComputedStyle(label).outlineStyle);
    expect(outline).toBe("solid");

    const chosen = page.waitForFileChooser().then((chooser) => chooser.accept([file("dusk.jpg")]));
    await page.evaluate(() => document.activeElement?.id); // once this is answered, the browser looks out for a chooser
    await page.keyboard.press("Space");
    await chosen;
    const id = await cardIn("uploaded", "dusk.jpg");
    await processAsWorker(aws, imagery.processes, id);
    await cardIn("processed", "dusk.jpg");
    const reached: string[] = [];
    for (let i = 0; i < 4; i++) {
      await page.keyboard.press("Tab");
      reached.push(await page.evaluate(() => document.activeElement?.className ?? ""));
    }
    expect(reached).toEqual(
      expect.arrayContaining([expect.stringContaining("permalink"), expect.stringContaining("download")]),
    );
  });

  it("on a screen of 320 pixels, never scrolls sideways", async () => {
    await page.setViewport({ width: 320, height: 640, isMobile: true, hasTouch: true });
    await choose("dusk.jpg", "notes.txt");
    const id = await cardIn("uploaded", "dusk.jpg");
    await processAsWorker(aws, imagery.processes, id);
    await cardIn("processed", "dusk.jpg");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  });

  describe("what goes wrong", () => {
    it("when the server finds that a file is no image, shows its reason and offers no repetition", async () => {
      await choose("fake.jpg");
      await cardIn("error", "fake.jpg");
      expect(await text(".message")).toMatch(/^Unsupported Media Type: .*image\/jpeg/);
      expect(await page.$eval(".retry", (button) => (button as HTMLButtonElement).hidden)).toBe(true);
    });

    it("when the file's type is known to be wrong, says so and sends nothing", async () => {
      const before = imagery.logs.length;
      await choose("notes.txt");
      await cardIn("error", "notes.txt");
      expect(await text(".message")).toMatch(/text\/plain/);
      expect(await text("#status")).toMatch(/^notes.txt: This file cannot be used/);
      expect(imagery.logs.slice(before)).toEqual([]);
    });

    it("when the worker gives an image up, shows its reason", async () => {
      await choose("dusk.jpg");
      const id = await cardIn("uploaded", "dusk.jpg");
      await imagery.processes.markFailed(id, await uploadedKey(imagery.processes, id), "the file is cut off");
      await cardIn("error", "dusk.jpg");
      expect(await text(".message")).toMatch(/the file is cut off/);
    });

    it("when the browser cannot show the original, says so and sends it all the same", async () => {
      await choose("scan.tif");
      await cardIn("uploaded", "scan.tif");
      expect(await text(".before .placeholder")).toMatch(/cannot show/);
    });

    it("when the connection fails for a moment, tries again by itself", async () => {
      let failures = 0;
      await page.setRequestInterception(true);
      page.on("request", (request) => {
        if (request.method() === "POST" && failures++ < 2) void request.abort("connectionreset");
        else void request.continue();
      });
      await choose("dusk.jpg");
      expect(await cardIn("uploaded", "dusk.jpg")).not.toBe("");
      expect(failures).toBeGreaterThan(2);
    });
  });

  describe("recent images", () => {
    it("after a reload, are still listed, and each leads to its image", async () => {
      await choose("dawn.jpg");
      const id = await cardIn("uploaded", "dawn.jpg");
      await processAsWorker(aws, imagery.processes, id);
      await page.reload();
      expect(await text("#recent-list .name")).toBe("dawn.jpg");
      expect(await page.$eval("#recent-list img", (image) => image.naturalWidth)).toBeGreaterThan(0);

      await Promise.all([page.waitForNavigation(), page.click("#recent-list a")]);
      expect(page.url()).toBe(`${imagery.url}/?id=${id}`);
      await cardIn("processed", "dawn.jpg");
      const [before, after] = await shownWidths();
      expect(before).toBeGreaterThan(0);
      expect(after).toBe(300);
      expect(complaints).toEqual([]);
    });

    it("when cleared, are gone", async () => {
      await choose("dawn.jpg");
      await cardIn("uploaded", "dawn.jpg");
      await page.waitForSelector("#recent-list li");
      // By key: a click could miss while pictures still come in and move the button.
      await page.focus("#clear-recent");
      await page.keyboard.press("Enter");
      expect(await page.$eval("#recent", (section) => (section as HTMLElement).hidden)).toBe(true);
      await page.reload();
      expect(await page.$$("#recent-list li")).toEqual([]);
    });

    it("when the storage is full, the page works all the same", async () => {
      await page.evaluate(() => {
        for (let size = 2 ** 22; size >= 1; size = Math.floor(size / 2)) {
          try {
            for (let i = 0; ; i++) localStorage.setItem(`filler-${size}-${i}`, "x".repeat(size));
          } catch {
            // No room for a piece of this size any more; a smaller one follows.
          }
        }
      });
      await choose("dawn.jpg");
      await cardIn("uploaded", "dawn.jpg");
      await page.waitForSelector("#recent-list li");
      expect(complaints).toEqual([]);
    });

    it("when the storage holds something else, begin anew", async () => {
      await page.evaluate(() => {
        localStorage.setItem("imagery.recent", '[{"id":7},"x",null]');
      });
      await page.reload();
      expect(await page.$$("#recent-list li")).toEqual([]);
      expect(complaints).toEqual([]);
    });
  });

  it("when a link leads to an image that does not exist, says so", async () => {
    await page.goto(`${imagery.url}/?id=${UNKNOWN}`);
    await cardIn("error", "Image");
    expect(await text(".message")).toMatch(/^No such image/);
  });

  it("when a link comes from another browser, shows the result without the original", async () => {
    const { id } = await imagery.processes.create();
    await choose("dusk.jpg");
    const sent = await cardIn("uploaded", "dusk.jpg");
    await processAsWorker(aws, imagery.processes, sent);
    const other = await browser.createBrowserContext();
    page = await other.newPage();
    await page.goto(`${imagery.url}/?id=${sent}`);
    await cardIn("processed", "Image");
    expect(await shownWidths()).toEqual([0, 600]);
    await page.goto(`${imagery.url}/?id=${id}`);
    await cardIn("created", "Image");
    expect(await text(".message")).toMatch(/Nothing has been uploaded/);
    await other.close();
  });
}
