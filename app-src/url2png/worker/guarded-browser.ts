import type { Logger } from "../../shared/logger";
import { Browser } from "../browser/browser";
import { Gatekeeper } from "../network/gatekeeper";
import type { WorkerConfig } from "../shared/config";

/** What a worker uses of a browser. */
export type WorkerBrowser = Pick<Browser, "screenshot" | "usable" | "close">;

/**
 * A browser whose pages reach the network through the gatekeeper only.
 * @throws Error when no Chromium can be started, or none with a sandbox where one is required
 */
export async function startGuardedBrowser(config: WorkerConfig, logger: Logger): Promise<WorkerBrowser> {
  const gatekeeper = new Gatekeeper({ allowedNetworks: config.ALLOWED_NETWORKS, logger });
  const browser = await Browser.start({
    gatekeeper,
    logger,
    sandbox: config.CHROMIUM_SANDBOX,
    ...(config.CHROMIUM_PATH !== undefined && { chromiumPath: config.CHROMIUM_PATH }),
  });
  return {
    get usable() {
      return browser.usable;
    },
    screenshot: (url, signal) => browser.screenshot(url, signal),
    async close() {
      await browser.close();
      await gatekeeper.close();
    },
  };
}
