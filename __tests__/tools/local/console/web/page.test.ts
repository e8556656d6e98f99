import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import type { Browser, BrowserContext, Page } from "puppeteer-core";
import { type RunningConsole, startConsole } from "../../../../../tools/local/console/console";
import { startBrowser } from "../../../../support/browser";
import { eventually } from "../../../../support/eventually";
import { landscape } from "../../../../support/photo";
import { FakeStack } from "../support/fake-stack";

// A browser on a busy machine misses a key press now and then: once more, and the log says what was missed.
jest.retryTimes(1, { logErrorsBeforeRetry: true });

const started = await startBrowser();

if (started) {
  describe("the console's page", () => {
    testPage(started);
  });
} else {
  describe.skip("the console's page", () => {
    it("needs a browser", () => undefined);
  });
}

function testPage(browser: Browser): void {
  let stack: FakeStack;
  let running: RunningConsole;
  let context: BrowserContext;
  let page: Page;
  /** What the browser complained about: script errors, violations of the content security policy, failed requests. */
  let complaints: string[];

  const start = (port = 0): Promise<RunningConsole> =>
    startConsole({ port, host: "127.0.0.1", stack, log: (line) => complaints.push(line), intervalMs: 100 });

  beforeEach(async () => {
    stack = new FakeStack();
    complaints = [];
    running = await start();
    context = await browser.createBrowserContext();
    page = await context.newPage();
    await page.bringToFront(); // keys go to the page in front
    page.on("console", (message) => {
      if (["error", "warn"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
  });
  afterEach(async () => {
    await context.close();
    await running.close();
  });
  afterAll(() => browser.close());

  async function open(): Promise<void> {
    await page.goto(running.url);
    await page.waitForSelector(".instance");
  }

  /** The text that a person sees, in one line. */
  async function text(selector: string): Promise<string> {
    return page.$eval(selector, (element) => (element as HTMLElement).innerText.replace(/\s+/g, " ").trim());
  }

  /** Waits until a place shows a text. */
  async function shows(selector: string, expected: string): Promise<void> {
    await page.waitForFunction(
      (at, wanted) =>
        [...document.querySelectorAll<HTMLElement>(at)].some((element) =>
          element.innerText.replace(/\s+/g, " ").includes(wanted),
        ),
      {},
      selector,
      expected,
    );
  }

  /** Where each instance stands, "zone a i-1". */
  function placed(): Promise<string[]> {
    return page.$$eval("li.instance", (rows) =>
      rows.map((row) => `${row.closest(".cell")?.querySelector(".zone-name")?.textContent} ${row.dataset.id}`),
    );
  }

  describe("what it shows", () => {
    it("the fleet with its limits, and in each zone the instances with their health, CPU, process and image", async () => {
      await open();
      expect(await text("#bar")).toBe(
        "url2png running http://localhost:8080 Time passes 30 times faster for alarms and scaling.",
      );
      expect(await text(".fleet header")).toBe("worker 2 in service min 1 · desired 2 · max 2");
      expect(await placed()).toEqual(["zone a i-1", "zone b i-2"]);
      expect(await text(".instance")).toMatch(/^i-1 in service, healthy Kill CPU 42 % pid 1001 · \d+ s · image local$/);
      expect(complaints).toEqual([]);
    });

    it("what an instance goes through", async () => {
      await open();
      stack.change("i-1", { state: "pending", cpuPercent: undefined });
      await shows('[data-id="i-1"]', "pending Kill CPU – pid 1001");
      await shows(".fleet.short .serving", "1 in service");
      for (const [health, words, judgement] of [
        ["healthy, initial", "in service, healthy, initial", "open"],
        ["healthy, unhealthy", "in service, healthy, unhealthy", "bad"],
        ["healthy, healthy", "in service, healthy, healthy", "good"],
        ["running", "in service", "good"],
      ] as const) {
        stack.change("i-1", { state: "in-service", health });
        await shows(`[data-id="i-1"][data-health="${judgement}"] .state`, words);
      }
      stack.change("i-1", { state: "stopping" });
      await shows('[data-id="i-1"]', "stopping");
      expect(await page.$('[data-id="i-1"] button:not([hidden])')).toBeNull();
    });

    it("how deep each queue is, dead letters in another colour than work", async () => {
      stack.queues = [
        { name: "work", visible: 250, inFlight: 8, deadLetter: false },
        { name: "work-dead-letter", visible: 1, inFlight: 0, deadLetter: true },
      ];
      await open();
      expect(await text('[data-queue="work"]')).toBe("work 250 8");
      expect(await text("tr.bad")).toBe("work-dead-letter dead letters 1 0");
      expect(await page.title()).toBe("2 in service, 250 waiting – url2png");
    });

    it("each alarm's value against its threshold, those that scale first", async () => {
      await open();
      const rows = await page.$$eval("#alarms tr", (all) => all.map((row) => row.innerText.replace(/\s+/g, " ")));
      expect(rows).toEqual([
        "ALARM worker-backlog-high scales · Sum of ApproximateNumberOfMessagesVisible over 300 s 12 5",
        "OK work-dead-letters tells people · Messages gave up 0 0",
      ]);
      stack.alarms = stack.alarms.map((alarm) => ({ ...alarm, state: "INSUFFICIENT_DATA", value: undefined }));
      await shows("#alarms tr", "no data worker-backlog-high");
    });

    it("how queue and fleet went, in a chart that tells in words too, and at the pointer", async () => {
      const now = Date.now();
      for (const [secondsAgo, waiting] of [
        [90, 0],
        [60, 250],
        [30, 100],
      ] as const) {
        const queues = { work: waiting, "work-dead-letter": 0 };
        stack.history.push({ at: now - secondsAgo * 1000, queues, fleets: { worker: waiting > 0 ? 2 : 1 } });
      }
      stack.events.push({ at: now - 50_000, kind: "scale-out", fleet: "worker", text: "desired capacity 1 → 2" });
      await open();
      await shows("#legend", "work 100 work-dead-letter 0 worker 2");
      const label = await page.$eval("#chart", (chart) => chart.getAttribute("aria-label"));
      expect(label).toBe(
        "Over the last 2 minutes. queue work: now 100, highest 250; " +
          "queue work-dead-letter: now 0, highest 0; fleet worker: now 2, highest 2",
      );
      // No line of dead letters, for there were none.
      expect(await page.$$eval("#chart .series", (lines) => lines.map((line) => line.getAttribute("class")))).toEqual([
        "series queue-0",
        "series fleet-0",
      ]);
      expect(await page.$eval("#chart .mark title", (title) => title.textContent)).toMatch(/desired capacity 1 → 2$/);
      const box = await page.$eval("#chart", (chart) => chart.getBoundingClientRect().toJSON() as DOMRect);
      await page.mouse.move(box.x + box.width / 2, box.y + 60); // a minute ago
      await shows("#legend", "work 250");
      expect(await text("#chart-time")).toMatch(/^at \d\d:\d\d:\d\d$/);
    });

    it("no line where nothing was sampled", async () => {
      const now = Date.now();
      for (const secondsAgo of [40, 39, 38, 12, 11]) {
        stack.history.push({ at: now - secondsAgo * 1000, queues: { work: 4 }, fleets: { worker: 1 } });
      }
      await open();
      const paths = await page.$$eval("#chart .series", (lines) => lines.map((line) => line.getAttribute("d") ?? ""));
      // Each line begins twice, and goes on for two samples and for one.
      expect(paths.map((path) => path.replace(/[^MH]/g, ""))).toEqual(["MHHMH", "MHHMH"]);
    });

    it("events newest first, whatever they are called, as text", async () => {
      stack.note("alarm", '<img src=x onerror="document.title=1"> & <b>bold</b>');
      await open();
      expect(await text("#events li")).toMatch(/^\d\d:\d\d:\d\d alarm <img src=x onerror=.* & <b>bold<\/b>$/);
      expect(await page.$("#events img")).toBeNull();
      stack.note("scale-in", "desired capacity 2 → 1", "worker");
      await shows("#events li:first-child", "scale-in worker desired capacity 2 → 1");
      expect(complaints).toEqual([]);
    });

    it("the latest pictures, each of which opens", async () => {
      await open();
      expect(await page.$("#pictures-section:not([hidden])")).toBeNull();
      stack.put("first.png", "image/jpeg", await landscape(64, 48));
      stack.put("second.png", "image/jpeg", await landscape(64, 48));
      await shows("#pictures li:first-child", "second.png");
      const links = await page.$$eval("#pictures a", (all) => all.map((link) => link.href));
      expect(links).toHaveLength(2);
      const answer = await page.evaluate(async (url) => (await fetch(url)).headers.get("content-type"), links[0] ?? "");
      expect(answer).toBe("image/jpeg");
      await page.waitForFunction(() => [...document.images].every((image) => image.naturalWidth === 64));
      expect(complaints).toEqual([]);
    });

    it("an object that only pretends to be a picture not at all", async () => {
      stack.put("page.png", "text/html", new TextEncoder().encode("<script>"));
      stack.put("real.png", "image/jpeg", await landscape(64, 48));
      await open();
      await page.waitForFunction(() => document.querySelectorAll("#pictures li[hidden]").length === 1);
      expect(await text("#pictures")).toMatch(/^real.png/);
    });
  });

  describe("what it does", () => {
    it("kills an instance, and another one takes its place", async () => {
      await open();
      await page.click('[data-id="i-1"] button');
      await shows("#result", "worker i-1 was killed; its fleet launches another one.");
      await page.waitForSelector('[data-id="i-3"]');
      expect(await placed()).toEqual(["zone a i-3", "zone b i-2"]);
      await shows("#events li", "lost worker i-1 was killed");
    });

    it("on a double click, kills one and not the next", async () => {
      await open();
      await page.click('[data-id="i-1"] button', { count: 2 });
      await page.waitForSelector('[data-id="i-3"]');
      expect(stack.asked).toEqual(["kill worker i-1"]);
    });

    it("takes a zone down and brings it back", async () => {
      await open();
      await page.click('button[aria-label="Take zone a down"]');
      await shows("#result", "zone a is down: everything in it was killed, and the other zones take over.");
      await shows('[data-zone="zone a"]', "down Bring back");
      expect(await placed()).toEqual(["zone b i-2", "zone b i-3"]);
      expect(await text(".cell")).toBe("down");
      await page.click('button[aria-label="Bring zone a back"]');
      await shows('[data-zone="zone a"]', "up Take down");
      expect(await text(".cell")).toBe("0 instances");
    });

    it("when that is not possible, says why", async () => {
      await open();
      stack.killInstance = () => Promise.reject(new Error("the fleet is stopped"));
      await page.click('[data-id="i-1"] button');
      await shows("#result.failed", "That did not work: the fleet is stopped");
    });

    it("all by keyboard, which never loses its place", async () => {
      await open();
      const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.ariaLabel ?? "");
      const reached: string[] = [];
      for (let i = 0; i < 8 && !reached.includes("Kill worker i-2"); i++) {
        await page.keyboard.press("Tab");
        reached.push(await focused());
      }
      expect(reached.filter((label) => label !== "")).toEqual([
        "Take zone a down",
        "Take zone b down",
        "Kill worker i-1",
        "Kill worker i-2",
      ]);
      const outline = await page.evaluate(() =>
        document.activeElement === null ? "" : getComputedStyle(document.activeElement).outlineStyle,
      );
      expect(outline).toBe("solid");
      const looks = stack.looks;
      await eventually("the next look", () => stack.looks > looks + 1);
      expect(await focused()).toBe("Kill worker i-2");
      await page.keyboard.press("Enter");
      await page.waitForSelector('[data-id="i-3"]');
      // The row has gone, and nothing stands beside it: one goes on in the same section, not at the top of the page.
      expect(await page.evaluate(() => document.activeElement?.id)).toBe("fleets-section");
      expect(stack.asked).toEqual(["kill worker i-2"]);
    });
  });

  describe("when the stack", () => {
    it("stops and starts again, says so and goes on by itself", async () => {
      await open();
      const port = Number(new URL(running.url).port);
      await running.close();
      await shows("#connection", "The stack has stopped. This page goes on by itself when it runs again.");
      stack = new FakeStack("imagery");
      running = await start(port);
      await shows("#stack", "imagery");
      await shows("#connection", "running");
    });

    it("cannot be looked at, keeps what it shows and says that it is old", async () => {
      await open();
      stack.failure = new Error("the gateway is gone");
      await shows("#trouble", "What you see is not up to date: the gateway is gone.");
      expect(await placed()).toHaveLength(2);
      stack.failure = undefined;
      await page.waitForSelector("#trouble[hidden]");
    });

    it("has no queues, alarms or pictures, shows fleets and events alone", async () => {
      stack.queues = [];
      stack.alarms = [];
      await open();
      const shown = await page.$$eval("section:not([hidden]) h2", (heads) => heads.map((head) => head.textContent));
      expect(shown).toEqual(["Fleets and zones", "Over time", "Events"]);
    });
  });

  it.each(["light", "dark"])("in %s colours, on a screen of 320 pixels, never scrolls sideways", async (scheme) => {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.setViewport({ width: 320, height: 640, isMobile: true, hasTouch: true });
    stack.note("launch", "x".repeat(200), "worker");
    stack.put(`${"y".repeat(200)}.png`, "image/jpeg", await landscape(64, 48));
    await open();
    await page.waitForSelector("#pictures li");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    const lightness = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(lightness).toBe(scheme === "light" ? "rgb(243, 245, 247)" : "rgb(14, 17, 21)");
  });
}
