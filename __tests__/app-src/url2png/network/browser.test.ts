import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { pino } from "pino";
import type { Browser } from "puppeteer-core";
import { Gatekeeper, type Passage } from "../../../../app-src/url2png/network/gatekeeper";
import { startBrowser } from "../../../support/browser";
import { eventually } from "../../../support/eventually";
import { startCanaryBeside, startHttpServer, type TestServer } from "./support/servers";

/**
 * What a real browser sends to its proxy. That it has no other way is a matter of its flags (WebRTC, its default context), which
 * are not the network's: `hostile.test.ts` tests the whole.
 */
let browser: Browser | undefined;
let page: TestServer;
let canary: TestServer;
let canaryHost: string;
let gatekeeper: Gatekeeper;
let passage: Passage;
/** Paths that the page's server was asked for, and the upgrades to WebSockets. */
const paths = new Set<string>();

/** Everything that a page or a worker can load, for each host of the list. */
const LOAD = `
for (const host of HOSTS) {
  fetch("http://" + host + "/fetch", { mode: "no-cors" }).catch(() => {});
  fetch("https://" + host + "/fetch", { mode: "no-cors" }).catch(() => {});
  new EventSource("http://" + host + "/events");
  new WebSocket("ws://" + host + "/ws");
  new WebSocket("wss://" + host + "/wss");
}`;

const PAGE = `<!doctype html><title>page</title><script>
const HOSTS = JSON.parse(decodeURIComponent(location.hash.slice(1)));
${LOAD}
for (const host of HOSTS) {
  navigator.sendBeacon("http://" + host + "/beacon", "x");
  for (const [tag, name] of [["img", "src"], ["iframe", "src"], ["script", "src"], ["object", "data"], ["video", "src"]]) {
    const element = document.createElement(tag);
    element[name] = "http://" + host + "/" + tag;
    document.head.parentNode.appendChild(element);
  }
}
new Worker("/worker.js#" + location.hash.slice(1));
new SharedWorker("/worker.js#" + location.hash.slice(1));
</script>`;

beforeAll(async () => {
  browser = await startBrowser();
  page = await startHttpServer((request, response) => {
    paths.add(request.url ?? "");
    if (request.url === "/worker.js") {
      response.setHeader("content-type", "text/javascript");
      response.end(`const HOSTS = JSON.parse(decodeURIComponent(location.hash.slice(1)));\n${LOAD}`);
    } else {
      response.setHeader("content-type", "text/html");
      response.end(request.url === "/" ? PAGE : "hello");
    }
  });
  ({ canary, host: canaryHost } = await startCanaryBeside(page));
  gatekeeper = new Gatekeeper({
    allowedNetworks: ["127.0.0.1/32"],
    logger: pino({ level: "silent" }),
    resolve: async (name) => await Promise.resolve(name === "page.example" ? ["127.0.0.1"] : [canaryHost]),
  });
  passage = await gatekeeper.open();
});
afterAll(async () => {
  await browser?.close();
  await gatekeeper.close();
  await Promise.all([page.close(), canary.close()]);
});

it("a browser asks the proxy for everything, for loopback and localhost too, and gets only what is allowed", async () => {
  if (!browser) return; // startBrowser has said why
  const context = await browser.createBrowserContext({
    proxyServer: passage.proxyUrl,
    proxyBypassList: ["<-loopback>"],
  });
  const tab = await context.newPage();
  const bracketed = canaryHost.includes(":") ? `[${canaryHost}]` : canaryHost;
  const hosts = ["page.example", "localhost", "127.0.0.1", bracketed, "inside.example"].map(
    (host) => `${host}:${page.port}`,
  );
  const response = await tab.goto(`http://page.example:${page.port}/#${encodeURIComponent(JSON.stringify(hosts))}`);
  expect(response?.status()).toBe(200);

  await eventually("what the page and its workers load", () => {
    const loaded = [
      "/fetch",
      "/events",
      "/beacon",
      "/img",
      "/iframe",
      "/script",
      "/object",
      "/video",
      "/worker.js",
      "/ws",
    ];
    return loaded.every((path) => paths.has(path)) && passage.refusals.length >= 40;
  });
  // Others fail as well: the page's server speaks no TLS.
  const notAllowed = passage.refusals.filter(({ reason }) => reason === "address-not-allowed");
  const targets = new Set(notAllowed.map(({ target }) => target));
  expect([...targets].sort()).toEqual([`${bracketed}:${page.port}`, `inside.example:${page.port}`].sort());

  // A document that is refused: of plain HTTP it has the reason in its headers, of a tunnel the passage knows it.
  const refused = await tab.goto(`http://inside.example:${page.port}/`);
  expect([refused?.status(), refused?.headers()["x-url2png-refusal"]]).toEqual([403, "address-not-allowed"]);
  const url = `https://inside.example:${page.port}/`;
  await expect(tab.goto(url)).rejects.toThrow("net::ERR_TUNNEL_CONNECTION_FAILED");
  expect(passage.refusalOf(url)).toMatchObject({ reason: "address-not-allowed" });

  await context.close();
  expect(canary.connections).toBe(0);
});
