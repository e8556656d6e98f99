import { createLogger } from "../../../../../app-src/shared/logger";
import { Browser } from "../../../../../app-src/url2png/browser/browser";
import { processTree } from "../../../../../app-src/url2png/browser/process-tree";
import { Gatekeeper } from "../../../../../app-src/url2png/network/gatekeeper";

/** A worker that is at a page which hangs. Prints the ids of the browser's processes, and waits to be killed. */
const logger = createLogger("test", "silent");
const [url = ""] = process.argv.slice(2);
const gatekeeper = new Gatekeeper({ allowedNetworks: ["127.0.0.1/32"], logger });
const browser = await Browser.start({ gatekeeper, logger });
void browser.screenshot(url);
setInterval(() => {
  void processTree(browser.pid ?? 0).then((tree) => {
    console.log(JSON.stringify(tree.map(({ pid }) => pid)));
  });
}, 200);
