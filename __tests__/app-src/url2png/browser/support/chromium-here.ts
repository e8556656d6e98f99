import { findChromium } from "../../../../../app-src/url2png/browser/find-chromium";

/** Chromium's program, or `undefined`, after one line on the console, where there is none for this machine. */
export async function chromiumHere(): Promise<string | undefined> {
  try {
    return await findChromium();
  } catch (error) {
    console.warn(`SKIPPED, no browser: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
