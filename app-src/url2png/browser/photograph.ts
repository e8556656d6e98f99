import { setTimeout as sleep } from "node:timers/promises";
import type { CDPSession } from "puppeteer-core";
import type { Passage } from "../network/passage";
import type { Chromium } from "./chromium";
import { PICTURE, type PageLimits } from "./limits";
import { refusalError } from "./navigation-error";
import { PageError } from "./page-error";
import { PageWatch } from "./page-watch";
import { Tab } from "./tab";

/** Milliseconds for a page to show that its scripts let go once in a while. */
const SIGN_OF_LIFE_MS = 1000;

export interface Order {
  readonly url: string;
  readonly passage: Passage;
  readonly limits: PageLimits;
  /** Gives the page up. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Opens a page in a context of its own, takes its picture, and ends it.
 * @throws PageError for what is the page's doing; BrowserGoneError when the browser ended under it
 */
export async function photograph(chromium: Chromium, { url, passage, limits, signal }: Order): Promise<Buffer> {
  const tab = await Tab.open(chromium, passage.proxyUrl);
  const { session } = tab;
  const watch = new PageWatch(session, tab.targetId, passage, limits);
  session.once("Inspector.targetCrashed", () => {
    watch.fail(
      chromium.killedForMemory
        ? new PageError("too-much-memory", "the page took more memory than a page may have", false)
        : new PageError("page-crashed", "the page's process crashed", true),
    );
  });

  const done = new AbortController();
  const forget = [
    whenAborted(chromium.gone, () => {
      watch.fail(chromium.gone.reason);
    }),
    whenAborted(signal, () => {
      watch.fail(signal?.reason);
    }),
    whenAborted(passage.signal, () => {
      if (passage.verdict) watch.fail(refusalError(passage.verdict));
    }),
  ];
  const deadline = setTimeout(() => {
    void timeoutError(session, watch, limits.timeMs).then((error) => {
      watch.fail(error);
    });
  }, limits.timeMs);

  try {
    return await Promise.race([watch.failed, picture(session, watch, url, limits.loadMs, done.signal)]);
  } catch (error) {
    chromium.gone.throwIfAborted(); // then that is why, whatever was noticed first
    throw error;
  } finally {
    done.abort();
    for (const stop of forget) stop();
    clearTimeout(deadline);
    await tab.close();
  }
}

/** Runs something when a signal is aborted, at once if it is. @returns forgets it, as many pages listen to the same signals */
function whenAborted(signal: AbortSignal | undefined, run: () => void): () => void {
  if (signal?.aborted) run();
  signal?.addEventListener("abort", run);
  return () => {
    signal?.removeEventListener("abort", run);
  };
}

async function picture(
  session: CDPSession,
  watch: PageWatch,
  url: string,
  loadMs: number,
  done: AbortSignal,
): Promise<Buffer> {
  await Promise.all([
    session.send("Page.enable"),
    session.send("Page.setLifecycleEventsEnabled", { enabled: true }),
    // Headers alone are looked at; Chromium would keep up to 100 MB of what a page loads.
    session.send("Network.enable", { maxTotalBufferSize: 0, maxResourceBufferSize: 0, maxPostDataSize: 0 }),
    session.send("Emulation.setDeviceMetricsOverride", { ...PICTURE, deviceScaleFactor: 1, mobile: false }),
  ]);
  const longEnough = sleep(loadMs, undefined, { signal: done }).then(() => watch.painted);
  longEnough.catch(() => undefined); // ended by `done`: nobody waits for it any more

  const { errorText, isDownload = false } = await session.send("Page.navigate", { url });
  if (errorText !== undefined) throw watch.navigationError(errorText, isDownload);
  await Promise.race([watch.loaded, longEnough]);
  // Compression would be half of the work; `optimizeForSpeed` compresses less.
  const { data } = await session.send("Page.captureScreenshot", { format: "png", optimizeForSpeed: true });
  return Buffer.from(data, "base64");
}

/** Tells a page that is slow from one whose scripts run for ever. */
async function timeoutError(session: CDPSession, watch: PageWatch, timeMs: number): Promise<PageError> {
  const seconds = timeMs / 1000;
  if (!watch.hasDocument) return new PageError("page-timeout", `the page did not answer within ${seconds} s`, true);
  const letsGo = await session.send("Runtime.evaluate", { expression: "1" }, { timeout: SIGN_OF_LIFE_MS }).then(
    () => true,
    () => false,
  );
  return letsGo
    ? new PageError("page-timeout", `the page showed nothing within ${seconds} s`, true)
    : new PageError("page-hangs", `the page's scripts did not let go within ${seconds} s`, true);
}
