import type { CDPSession } from "puppeteer-core";
import { BrowserGoneError, type Chromium } from "./chromium";
import { PICTURE } from "./limits";

/** An empty page in a browser context of its own: no cookies, cache, storage or connections of another page, and its own proxy. */
export class Tab {
  static async open(chromium: Chromium, proxyUrl: string): Promise<Tab> {
    const { browserContextId } = await chromium.call("Target.createBrowserContext", {
      disposeOnDetach: true,
      proxyServer: proxyUrl,
      proxyBypassList: "<-loopback>", // otherwise localhost and 127.0.0.0/8 go without the proxy
    });
    try {
      const [{ targetId }] = await Promise.all([
        chromium.call("Target.createTarget", { url: "about:blank", browserContextId, ...PICTURE }),
        chromium.call("Browser.setDownloadBehavior", { behavior: "deny", browserContextId }),
      ]);
      return new Tab(chromium, browserContextId, targetId, await chromium.attach(targetId));
    } catch (error) {
      await dispose(chromium, browserContextId);
      throw error;
    }
  }

  private constructor(
    private readonly chromium: Chromium,
    private readonly contextId: string,
    /** The id of the page, and of its main frame. */
    readonly targetId: string,
    readonly session: CDPSession,
  ) {}

  /** Ends the page, its frames, workers and connections, without asking it. */
  async close(): Promise<void> {
    await dispose(this.chromium, this.contextId);
  }
}

async function dispose(chromium: Chromium, browserContextId: string): Promise<void> {
  try {
    await chromium.call("Target.disposeBrowserContext", { browserContextId });
  } catch (error) {
    if (!(error instanceof BrowserGoneError)) throw error; // it took its contexts along
  }
}
