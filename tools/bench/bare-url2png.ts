// A loop around puppeteer with the worker's isolation, a fresh browser context for each page, and its concurrency: no queue, no
// storage, no limits, no filter.
import { launch } from "puppeteer-core";
import { BARE_FLAGS } from "./bare-flags";

const { PAGE = "", CHROMIUM_PATH = "", CONCURRENCY = "1" } = process.env;
process.on("SIGTERM", () => process.exit()); // puppeteer ends its browser with the process

const browser = await launch({ executablePath: CHROMIUM_PATH, args: BARE_FLAGS, handleSIGTERM: false });
await Promise.all(Array.from({ length: Number(CONCURRENCY) }, loop));

async function loop(): Promise<never> {
  for (;;) {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    await page.setViewport({ width: 1024, height: 768 });
    await page.goto(PAGE);
    await page.screenshot({ optimizeForSpeed: true });
    await context.close();
    console.log(JSON.stringify({ msg: "photographed" }));
  }
}
