import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createLogger } from "../../../../app-src/shared/logger";
import { Browser } from "../../../../app-src/url2png/browser/browser";
import { PageError, type PageReason } from "../../../../app-src/url2png/browser/page-error";
import { Gatekeeper } from "../../../../app-src/url2png/network/gatekeeper";
import { chromiumHere } from "./support/chromium-here";
import { answer, neverEnding, redirect, servePages, silent, type Answer, type PageServer } from "./support/page-server";
import { colourAt, expectPicture } from "./support/png";

const RED = '<!doctype html><body style="margin:0;background:#f00">';
const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><rect width="99" height="99" fill="#00f"/></svg>';

/** Pages of which there is a picture in spite of all, and the colour of its corner. */
const PICTURES: Readonly<Record<string, { readonly page: Answer; readonly corner: readonly number[] }>> = {
  "is ordinary": { page: RED, corner: [255, 0, 0] },
  "is thirty million pixels tall": { page: `${RED}<div style="height:30000000px">`, corner: [255, 0, 0] },
  "answers 404": { page: answer(404, { "content-type": "text/html" }), corner: [255, 255, 255] },
  "asks for a password": {
    page: answer(401, { "content-type": "text/html", "www-authenticate": 'Basic realm="secret"' }),
    corner: [255, 255, 255],
  },
  "is an image": {
    page: (_request, response) => response.writeHead(200, { "content-type": "image/svg+xml" }).end(SVG),
    corner: [0, 0, 255],
  },
  "sends on by script": { page: '<script>location = "/is%20ordinary"</script>', corner: [255, 0, 0] },
  "sends on by meta": { page: '<meta http-equiv="refresh" content="0;url=/is%20ordinary">', corner: [255, 0, 0] },
  "opens a few dialogs": { page: `${RED}<script>alert(1); confirm(2); prompt(3)</script>`, corner: [255, 0, 0] },
  "prints itself": { page: `${RED}<script>print()</script>`, corner: [255, 0, 0] },
  "closes itself": { page: `${RED}<script>close()</script>`, corner: [255, 0, 0] },
  "does not let go": { page: `${RED}<script>onbeforeunload = () => "stay"</script>`, corner: [255, 0, 0] },
  "never ends": { page: neverEnding(`${RED}<p>and so on</p><img src="/silent">`), corner: [255, 0, 0] },
  "opens windows": {
    page: `${RED}<script>
      const opened = Array.from({ length: 100 }, () => open("/opened")).filter((window) => window);
      if (opened.length > 0) document.body.style.background = "#0f0";
    </script>`,
    corner: [255, 0, 0],
  },
  "wants to know where it is": {
    page: `${RED}<script>
      navigator.geolocation.getCurrentPosition(() => (document.body.style.background = "#0f0"));
      Notification.requestPermission().then((answer) => {
        if (answer === "granted") document.body.style.background = "#0f0";
      });
    </script>`,
    corner: [255, 0, 0],
  },
};

/** Pages of which there is none, with the reason, and whether another try may end better. */
const FAILURES: Readonly<
  Record<string, { readonly page: Answer; readonly reason: PageReason; readonly again: boolean }>
> = {
  "never answers": { page: silent, reason: "page-timeout", again: true },
  "begins and shows nothing": { page: neverEnding("<head>"), reason: "page-timeout", again: true },
  "runs for ever": { page: "<script>for (;;);</script>", reason: "page-hangs", again: true },
  "opens dialogs for ever": { page: "<script>for (;;) alert(1)</script>", reason: "too-many-dialogs", again: false },
  "redirects to itself": { page: redirect("/redirects%20to%20itself"), reason: "too-many-redirects", again: false },
  "sends on to itself by meta": {
    page: '<meta http-equiv="refresh" content="0">',
    reason: "too-many-redirects",
    again: false,
  },
  "redirects to a file": { page: redirect("file:///etc/passwd"), reason: "scheme-not-allowed", again: false },
  "redirects to data": { page: redirect("data:text/html,x"), reason: "scheme-not-allowed", again: false },
  "redirects to a private address": {
    page: redirect("http://10.0.0.1/"),
    reason: "address-not-allowed",
    again: false,
  },
  "redirects to a private address with TLS": {
    page: redirect("https://10.0.0.1/"),
    reason: "address-not-allowed",
    again: false,
  },
  "sends on to a private address by script": {
    page: '<script>location = "https://10.0.0.1/"</script>',
    reason: "address-not-allowed",
    again: false,
  },
  "is a file to be saved": {
    page: answer(200, { "content-disposition": "attachment" }),
    reason: "is-a-download",
    again: false,
  },
  "is a PDF": { page: answer(200, { "content-type": "application/pdf" }), reason: "is-a-download", again: false },
  "has nothing to show": { page: answer(204, {}), reason: "nothing-to-show", again: false },
  "breaks the connection": {
    page: (request) => request.socket.destroy(),
    reason: "connection-failed",
    again: true,
  },
  "fills its JavaScript heap": {
    page: "<script>for (const all = []; ;) all.push(new Array(1e6).fill(Math.random()))</script>",
    reason: "page-crashed",
    again: true,
  },
  "fills the memory beside its heap": {
    page: `<script>const all = []; setInterval(() => all.push(new Uint8Array(4e7).fill(1)), 20)</script>
        <img src="/silent">`,
    reason: "too-much-memory",
    again: false,
  },
};

const program = await chromiumHere();

(program === undefined ? describe.skip : describe)("the browser", () => {
  const logger = createLogger("test", "silent");
  const gatekeeper = new Gatekeeper({ allowedNetworks: ["127.0.0.1/32"], logger });
  let browser: Browser;
  let firstPid: number | undefined;
  let pages: PageServer;

  const urlOf = (name: string): string => `${pages.url}/${encodeURIComponent(name)}`;
  const failure = async (url: string, signal?: AbortSignal): Promise<unknown> =>
    browser.screenshot(url, signal).then(
      () => "a picture was taken",
      (error: unknown) => error,
    );

  beforeAll(async () => {
    const all = Object.entries({ ...PICTURES, ...FAILURES });
    pages = await servePages({
      ...Object.fromEntries(all.map(([name, { page }]): [string, Answer] => [`/${encodeURIComponent(name)}`, page])),
      "/silent": silent,
      "/cookie": (_request, response) => response.writeHead(200, { "set-cookie": "who=me", etag: "1" }).end("a page"),
      "/frame": `${RED}<iframe src="http://10.0.0.1/"></iframe>`,
    });
    browser = await Browser.start({
      gatekeeper,
      logger,
      // Enough for a page on a busy machine, and no more than has to be waited for here.
      limits: { timeMs: 6000, loadMs: 2500, memoryMb: 300 },
      // No page may be a reason for another Chromium, and neither may a machine that is busy with other suites.
      recycle: { pages: 1000, memoryMb: 2000, answerMs: 60_000 },
    });
    firstPid = browser.pid;
  });

  afterAll(async () => {
    await browser.close();
    await gatekeeper.close();
    await pages.close();
  });

  describe("takes a picture of a page that", () => {
    it.each(Object.entries(PICTURES))("%s", async (name, { corner }) => {
      const png = await browser.screenshot(urlOf(name));

      await expectPicture(png);
      expect(await colourAt(png, 1, 1)).toEqual(corner);
      expect(pages.requests.map(({ url }) => url)).not.toContain("/opened");
    });
  });

  describe("says why there is none of a page that", () => {
    it.each(Object.entries(FAILURES))("%s", async (name, { reason, again }) => {
      const error = await failure(urlOf(name));

      expect(error).toBeInstanceOf(PageError);
      expect(error).toMatchObject({ reason, transient: again });
    });
  });

  it("opens nothing but http and https", async () => {
    const urls = [
      "file:///etc/passwd",
      "view-source:http://example.org/",
      "chrome://version",
      "javascript:1",
      "nonsense",
    ];
    const reasons = await Promise.all(urls.map((url) => failure(url)));

    expect(reasons.map((error) => error instanceof PageError && error.reason)).toEqual([
      ...Array<string>(4).fill("scheme-not-allowed"),
      "invalid-url",
    ]);
  });

  it("lets a page that hangs hold up no other", async () => {
    const hanging = failure(urlOf("runs for ever"));
    const others = await Promise.all([urlOf("is ordinary"), urlOf("never ends")].map((url) => browser.screenshot(url)));

    await Promise.all(others.map(expectPicture));
    expect(await hanging).toMatchObject({ reason: "page-hangs" });
  });

  it("forgets everything between two pages", async () => {
    await browser.screenshot(`${pages.url}/cookie`);
    await browser.screenshot(`${pages.url}/cookie`);

    const visits = pages.requests.filter(({ url }) => url === "/cookie");
    expect(visits).toHaveLength(2);
    for (const { headers } of visits) {
      expect(headers.cookie).toBeUndefined();
      expect(headers["if-none-match"]).toBeUndefined();
    }
  });

  it("takes a picture of a page one of whose frames may not be loaded", async () => {
    await expectPicture(await browser.screenshot(`${pages.url}/frame`));
  });

  it("gives a page up when it is told to", async () => {
    const giveUp = new AbortController();
    const error = failure(urlOf("never answers"), giveUp.signal);
    await sleep(300);
    giveUp.abort(new Error("that's it"));

    expect(await error).toMatchObject({ message: "that's it" });
  });

  it("has used one Chromium for all of it", () => {
    expect(browser.usable).toBe(true);
    expect(browser.pid).toBe(firstPid);
  });
});
