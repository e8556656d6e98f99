import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { createLogger } from "../../../../app-src/shared/logger";
import { Browser, type BrowserOptions } from "../../../../app-src/url2png/browser/browser";
import { PROFILE_PREFIX } from "../../../../app-src/url2png/browser/chromium-process";
import { kill, processTree } from "../../../../app-src/url2png/browser/process-tree";
import { Gatekeeper } from "../../../../app-src/url2png/network/gatekeeper";
import { eventually } from "../../../support/eventually";
import { chromiumHere } from "./support/chromium-here";
import { servePages, type PageServer } from "./support/page-server";
import { expectPicture } from "./support/png";
import { allEnded } from "./support/processes";

const program = await chromiumHere();

(program === undefined ? describe.skip : describe)("Chromium is replaced", () => {
  const logger = createLogger("test", "silent");
  const gatekeeper = new Gatekeeper({ allowedNetworks: ["127.0.0.1/32"], logger });
  const waiting: (() => void)[] = [];
  let pages: PageServer;
  let browser: Browser | undefined;

  const start = async (options: Partial<BrowserOptions> = {}): Promise<Browser & { pid: number }> => {
    browser = await Browser.start({ gatekeeper, logger, ...options });
    return browser as Browser & { pid: number };
  };
  const pidsOf = async (root: number): Promise<number[]> => (await processTree(root)).map(({ pid }) => pid);
  /** Begins a picture of a page that is answered when it is told to be. */
  const beginSlow = async (of: Browser): Promise<{ picture: Promise<Buffer>; answer: () => void }> => {
    const picture = of.screenshot(`${pages.url}/slow`);
    picture.catch(() => undefined); // it is waited for later
    return { picture, answer: await eventually("the page being asked for", () => waiting.shift()) };
  };

  beforeAll(async () => {
    pages = await servePages({
      "/": "<h1>A page</h1>",
      "/hangs": "<script>for (;;);</script>",
      "/slow": (_request, response) => {
        waiting.push(() => response.writeHead(200, { "content-type": "text/html" }).end("<h1>At last</h1>"));
      },
    });
  });
  afterEach(async () => {
    await browser?.close();
    browser = undefined;
    waiting.splice(0);
  });
  afterAll(async () => {
    await gatekeeper.close();
    await pages.close();
  });

  it("after so many pages, the page in work ending on the old one", async () => {
    const used = await start({ recycle: { pages: 2 } });
    const [first, processes] = [used.pid, await pidsOf(used.pid)];
    const { picture, answer } = await beginSlow(used);
    await used.screenshot(pages.url);
    await eventually("a fresh Chromium", () => used.pid !== first);

    await expectPicture(await used.screenshot(pages.url));
    expect(await allEnded(processes)).toBe(false);

    answer();
    await expectPicture(await picture);
    await eventually("the end of the old Chromium", () => allEnded(processes));
  });

  it("when all its processes have grown too large", async () => {
    const used = await start({ recycle: { memoryMb: 1 }, limits: { memoryMb: 300 } });
    const first = used.pid;

    await eventually("a fresh Chromium", async () => {
      await used.screenshot(pages.url).catch(() => undefined); // its own process may be the one that is killed
      return used.pid !== first;
    });
    expect(used.usable).toBe(true);
  });

  it("when it is killed under a page, which is tried once more", async () => {
    const used = await start();
    const [first, processes] = [used.pid, await pidsOf(used.pid)];
    const { picture } = await beginSlow(used);
    kill(first);
    const answer = await eventually("the page being asked for once more", () => waiting.shift());
    answer();

    await expectPicture(await picture);
    expect(used.pid).not.toBe(first);
    await eventually("the end of all its processes", () => allEnded(processes));
  });

  it("and the page failed, when it is killed twice under it", async () => {
    const used = await start();
    const { picture } = await beginSlow(used);
    kill(used.pid);
    await eventually("the page being asked for once more", () => waiting.shift());
    kill(used.pid);

    await expect(picture).rejects.toMatchObject({ reason: "page-crashed", transient: true });
    await expectPicture(await used.screenshot(pages.url));
  });

  it("when it does not answer any more", async () => {
    const used = await start({ recycle: { answerMs: 3000 } });
    const [first, processes] = [used.pid, await pidsOf(used.pid)];
    process.kill(first, "SIGSTOP");

    await expectPicture(await used.screenshot(pages.url));
    expect(used.pid).not.toBe(first);
    await eventually("the end of all its processes", () => allEnded(processes));
  });

  it("never once it is closed, and then leaves no process, whatever its pages do", async () => {
    const used = await start();
    const hanging = used.screenshot(`${pages.url}/hangs`);
    hanging.catch(() => undefined); // it is waited for later
    await eventually("the page being asked for", () => pages.requests.some(({ url }) => url === "/hangs"));
    const processes = await pidsOf(used.pid);
    await used.close();

    await expect(hanging).rejects.toThrow("the browser is closed");
    await expect(used.screenshot(pages.url)).rejects.toThrow("the browser is closed");
    expect(used.usable).toBe(false);
    expect(processes.length).toBeGreaterThan(1);
    await eventually("the end of all its processes", () => allEnded(processes));
  });

  it("by nothing when its worker is killed with -9: every process of it ends", async () => {
    const program = fileURLToPath(new URL("support/abandoned-worker.ts", import.meta.url));
    const worker = spawn(process.execPath, ["--import", "tsx", program, `${pages.url}/hangs`], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let processes: number[] = [];
    createInterface(worker.stdout).on("line", (line) => (processes = JSON.parse(line) as number[]));
    const asked = pages.requests.length;
    await eventually("the page that hangs being asked for", () => pages.requests.length > asked, 30);
    await eventually("the browser's processes", () => processes.length > 1);
    worker.kill("SIGKILL");

    await eventually("the end of all its processes", () => allEnded(processes));
  });

  (process.platform === "linux" ? it : it.skip)(
    "and never has the worker's environment, with its credentials",
    async () => {
      const used = await start();
      const environment = readFileSync(`/proc/${used.pid}/environ`, "latin1").split("\0").filter(Boolean);
      const names = environment.map((text) => text.split("=", 1)[0]);

      expect(names).toEqual(expect.arrayContaining(["HOME", "TMPDIR"]));
      const allowed = ["HOME", "TMPDIR", "PATH", "LANG", "TZ", "LD_LIBRARY_PATH", "FONTCONFIG_FILE"];
      expect(names.filter((name) => !allowed.includes(name ?? ""))).toEqual([]);
    },
  );

  it("and leaves no folder behind", async () => {
    const folders = async (): Promise<string[]> =>
      (await readdir(tmpdir())).filter((name) => name.startsWith(`${PROFILE_PREFIX}-${process.pid}-`));
    const used = await start();
    await used.screenshot(pages.url);
    expect(await folders()).toHaveLength(1);

    await used.close();
    expect(await folders()).toEqual([]);
  });
});
