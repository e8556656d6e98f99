import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { Browser } from "../../../app-src/url2png/browser/browser";
import { PageError } from "../../../app-src/url2png/browser/page-error";
import { Gatekeeper, type NetworkLimits, type Passage } from "../../../app-src/url2png/network/gatekeeper";
import { createLogger } from "../../../app-src/shared/logger";
import { ABUSIVE_PAGES } from "./support/abusive-pages";
import { startCanary, type Canary } from "./support/canary";
import { SITE_ADDRESS, endless, startHostileSite, type HostileSite } from "./support/hostile-site";
import { hostileUrls } from "./support/hostile-urls";
import { reachingPages } from "./support/reaching-pages";

jest.setTimeout(120_000);

/** Stands for the canary's port in the tables, which are made before it listens. */
const PORT = 9;
const URLS = hostileUrls(PORT);
const PAGES = reachingPages(`127.0.0.1:${PORT}`);

/** Lower than a worker's, so that they are reached soon. */
const NETWORK_LIMITS = { bytes: 4 * 1024 * 1024, requests: 300 };

let canary: Canary;
let site: HostileSite;
let gatekeeper: Gatekeeper;
let browser: Browser;
/** The passage of the page that was opened last */
let passage: Passage | undefined;
let questions = 0;

/** As DNS would: one name is always private, another one is what is allowed at first and private from then on. */
function resolve(name: string): Promise<readonly string[]> {
  const addresses: Readonly<Record<string, string>> = {
    "private.test": "127.0.0.1",
    "rebound.test": questions++ === 0 ? SITE_ADDRESS : "127.0.0.1",
  };
  const address = addresses[name];
  return Promise.resolve(address === undefined ? [] : [address]);
}

beforeAll(async () => {
  canary = await startCanary();
  const reaching = reachingPages(`127.0.0.1:${canary.port}`);
  site = await startHostileSite({
    "/ordinary": "<!doctype html><title>ordinary</title><h1>An ordinary page</h1>",
    ...Object.fromEntries(reaching.map(({ page }, i) => [`/reaching/${i}`, page])),
    ...Object.fromEntries(reaching.flatMap(({ files = {} }) => Object.entries(files))),
    ...Object.fromEntries(ABUSIVE_PAGES.map(({ page }, i) => [`/abusive/${i}`, page])),
    "/endless.png": endless({ "content-type": "image/png" }, Buffer.alloc(65_536)),
  });
  const logger = createLogger("test", "silent");
  gatekeeper = new Gatekeeper({ allowedNetworks: [`${SITE_ADDRESS}/32`], logger, resolve });
  browser = await Browser.start({
    gatekeeper: {
      async open(limits: Partial<NetworkLimits>) {
        passage = await gatekeeper.open({ ...limits, ...NETWORK_LIMITS });
        return passage;
      },
    },
    logger,
    limits: { timeMs: 3000, loadMs: 2500 },
  });
});

afterAll(async () => {
  await browser.close();
  await gatekeeper.close();
  await site.close();
  await canary.close();
});

/** What came of a page: "picture", or the reason why there is none. */
async function photograph(url: string): Promise<string> {
  try {
    const png = await browser.screenshot(url);
    return png.toString("latin1", 1, 4) === "PNG" ? "picture" : "no PNG";
  } catch (error) {
    if (!(error instanceof PageError)) throw error;
    return error.reason;
  }
}

/** What has to hold whatever a page has done. */
async function nothingHappened(): Promise<void> {
  expect(canary.visits).toEqual([]);
  expect(await photograph(`${site.origin}/ordinary`)).toBe("picture");
  expect(browser.usable).toBe(true);
}

describe("a URL that must not be opened", () => {
  it.each(URLS.map(({ url, reason }, i) => [url.slice(0, 90), reason, i] as const))(
    "%j is refused: %s",
    async (_, reason, i) => {
      const { url = "" } = hostileUrls(canary.port)[i] ?? {};
      await expect(browser.screenshot(url)).rejects.toMatchObject({ name: "PageError", reason, transient: false });
      expect(canary.visits).toEqual([]);
    },
  );

  it("when all of them were refused, an ordinary page works", nothingHappened);
});

describe("a page that tries to reach the private network", () => {
  it.each(PAGES.map(({ tries, ends }, i) => [tries, ends, i] as const))(
    "by %s does not get there (%s)",
    async (_, ends, i) => {
      const outcome = await photograph(`${site.origin}/reaching/${i}`);
      expect(ends === "either" ? ["picture", "address-not-allowed", "navigation-failed"] : [ends]).toContain(outcome);
      expect(site.requested).toContain(`/reaching/${i}`);
      // It has really tried: the proxy says so.
      const refused = passage?.refusals.map(({ reason }) => reason) ?? [];
      if (PAGES[i]?.refusedByBrowser !== true) expect(refused).toContain("address-not-allowed");
      await nothingHappened();
    },
  );
});

describe("a page that wants to bring the worker down", () => {
  it.each(ABUSIVE_PAGES.map(({ does, ends }, i) => [does, ends, i] as const))(
    "because it %s, is ended",
    async (_, ends, i) => {
      expect(ends).toContain(await photograph(`${site.origin}/abusive/${i}`));
      await nothingHappened();
    },
  );
});
