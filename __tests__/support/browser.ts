import { existsSync } from "node:fs";
import { platform } from "node:os";
import chromium from "@sparticuz/chromium";
import { launch, type Browser } from "puppeteer-core";

/** Where systems keep a browser that can be driven. */
const INSTALLED = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** The browser of `CHROMIUM_PATH`, else one of the system, else the one that comes as an npm package (Linux only). */
async function executable(): Promise<string> {
  const chosen = process.env.CHROMIUM_PATH;
  if (chosen !== undefined) return chosen;
  const installed = INSTALLED.find((path) => existsSync(path));
  if (installed !== undefined) return installed;
  if (platform() === "linux") return chromium.executablePath();
  throw new Error("no Chromium or Chrome is installed");
}

/**
 * Starts a browser.
 * @returns `undefined`, after one line on the console, when none can start on this machine
 */
export async function startBrowser(): Promise<Browser | undefined> {
  try {
    return await launch({
      executablePath: await executable(),
      headless: "shell",
      // The package's own flags include --single-process, which makes contexts crash; root may not use the sandbox.
      args: ["--no-sandbox", "--disable-dev-shm-usage", "--font-render-hinting=none"],
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
    console.warn(`SKIPPED, no browser: ${reason}. Install Chromium or set CHROMIUM_PATH to one to run these tests.`);
    return undefined;
  }
}
