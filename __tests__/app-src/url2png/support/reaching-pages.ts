import { redirectTo } from "./hostile-site";

type Page = string | ReturnType<typeof redirectTo>;

export interface ReachingPage {
  /** What it tries */
  readonly tries: string;
  readonly page: Page;
  /** Further paths of the site that it needs */
  readonly files?: Readonly<Record<string, Page>>;
  /** Whether the page itself is refused, or what it tries is and it is photographed without that */
  readonly ends: "picture" | "address-not-allowed" | "scheme-not-allowed" | "either";
  /** Whether the browser itself sees to it, and the proxy is not asked. Default: the proxy has refused the canary. */
  readonly refusedByBrowser?: true;
}

/** A page that does something, and whose load event waits until that was done. */
function doing(script: string, body = ""): string {
  return `<!doctype html><title>hostile</title><h1>hostile</h1>${body}<img src="/later.png"><script>${script}</script>`;
}

/** Answers with a script, under its own content type. */
function script(text: string): Page {
  return (_, response) => {
    response.setHeader("content-type", "text/javascript").end(text);
  };
}

/** Pages that try to reach the canary in every way that a browser has. @param canary its `host:port` */
export function reachingPages(canary: string): ReachingPage[] {
  const url = `http://${canary}/`;
  const inPage = (tries: string, body: string): ReachingPage => ({ tries, page: doing("", body), ends: "picture" });
  const byScript = (tries: string, text: string): ReachingPage => ({ tries, page: doing(text), ends: "picture" });
  return [
    ...[301, 302, 303, 307, 308].map((status): ReachingPage => ({
      tries: `a redirect (${status})`,
      page: redirectTo(url, status),
      ends: "address-not-allowed",
    })),
    {
      tries: "a chain of redirects",
      page: redirectTo("/hop-1"),
      files: { "/hop-1": redirectTo("/hop-2", 307), "/hop-2": redirectTo(`//${canary}/`, 301) },
      ends: "address-not-allowed",
    },
    {
      tries: "a redirect to another spelling",
      page: redirectTo(`http://0x7f.1:${canary.split(":")[1] ?? ""}/`),
      ends: "address-not-allowed",
    },
    {
      tries: "a redirect to a file",
      page: redirectTo("file:///etc/passwd"),
      ends: "scheme-not-allowed",
      refusedByBrowser: true,
    },
    { tries: "a meta refresh", page: doing("", `<meta http-equiv="refresh" content="0;url=${url}">`), ends: "either" },
    {
      tries: "a Refresh header",
      page: (_, response) => {
        response.writeHead(200, { "content-type": "text/html", refresh: `0;url=${url}` }).end(doing(""));
      },
      ends: "either",
    },
    { tries: "location.href", page: doing(`location.href = "${url}"`), ends: "either" },
    {
      tries: "a form that submits itself",
      page: doing(
        "document.forms[0].submit()",
        `<form method="post" action="${url}"><input name="a" value="b"></form>`,
      ),
      ends: "either",
    },
    inPage("an <iframe>", `<iframe src="${url}"></iframe>`),
    inPage("an <iframe> in an <iframe>", `<iframe srcdoc='<iframe src="${url}"></iframe>'></iframe>`),
    { ...inPage("an <iframe> that redirects", `<iframe src="/inner"></iframe>`), files: { "/inner": redirectTo(url) } },
    inPage("an <img>", `<img src="${url}a.png">`),
    inPage("an <img srcset>", `<img srcset="${url}b.png 1x, ${url}c.png 2x">`),
    inPage("a <script>", `<script src="${url}a.js"></script>`),
    inPage("a style sheet", `<link rel="stylesheet" href="${url}a.css">`),
    inPage("an @import", `<style>@import url("${url}b.css");</style>`),
    inPage("a background in CSS", `<style>body { background: url("${url}d.png") }</style>`),
    inPage("a font", `<style>@font-face { font-family: f; src: url("${url}f.woff2") } h1 { font-family: f }</style>`),
    inPage("a <video>", `<video src="${url}a.mp4" autoplay preload="auto"></video>`),
    inPage("an <object>", `<object data="${url}o"></object>`),
    inPage("an <embed>", `<embed src="${url}e">`),
    inPage("an SVG image", `<svg><image href="${url}g.png"/></svg>`),
    inPage(
      "a favicon and preloads",
      `<link rel="icon" href="${url}i.ico"><link rel="preload" as="script" href="${url}p.js">`,
    ),
    { ...inPage("a preconnect", `<link rel="preconnect" href="${url}">`), refusedByBrowser: true },
    byScript("fetch", `fetch("${url}", { mode: "no-cors" }).catch(() => {})`),
    byScript(
      "fetch with a body",
      `fetch("${url}", { method: "POST", body: "x".repeat(1000), mode: "no-cors" }).catch(() => {})`,
    ),
    byScript("fetch kept alive", `fetch("${url}", { keepalive: true, mode: "no-cors" }).catch(() => {})`),
    byScript("XMLHttpRequest", `const x = new XMLHttpRequest(); x.open("GET", "${url}"); x.send()`),
    byScript("sendBeacon", `navigator.sendBeacon("${url}", "data")`),
    byScript("an EventSource", `new EventSource("${url}")`),
    byScript("a WebSocket", `new WebSocket("ws://${canary}/")`),
    byScript("a secure WebSocket", `new WebSocket("wss://${canary}/")`),
    byScript("https", `fetch("https://${canary}/", { mode: "no-cors" }).catch(() => {})`),
    byScript("import()", `import("${url}m.js").catch(() => {})`),
    {
      ...byScript("a worker", `new Worker("/worker.js")`),
      files: { "/worker.js": script(`fetch("${url}", { mode: "no-cors" }); new WebSocket("ws://${canary}/")`) },
    },
    {
      ...byScript("a shared worker", `new SharedWorker("/shared.js")`),
      files: { "/shared.js": script(`fetch("${url}", { mode: "no-cors" })`) },
    },
    {
      ...byScript("a service worker", `navigator.serviceWorker.register("/service.js")`),
      files: { "/service.js": script(`fetch("${url}", { mode: "no-cors" })`) },
    },
    {
      ...byScript("a worker's importScripts", `new Worker("/imports.js")`),
      files: { "/imports.js": script(`importScripts("${url}w.js")`) },
    },
    {
      ...byScript(
        "WebRTC",
        `const c = new RTCPeerConnection({ iceServers: [{ urls: "stun:${canary}" }, { urls: "turn:${canary}?transport=tcp", username: "u", credential: "p" }] }); c.createDataChannel("d"); c.createOffer().then((o) => c.setLocalDescription(o))`,
      ),
      refusedByBrowser: true,
    },
    {
      ...byScript("WebTransport", `new WebTransport("https://${canary}/").ready.catch(() => {})`),
      refusedByBrowser: true,
    },
    {
      ...byScript(
        "a file in an <iframe>",
        `const f = document.createElement("iframe"); f.src = "file:///etc/passwd"; document.body.append(f)`,
      ),
      refusedByBrowser: true,
    },
    { ...byScript("a popup", `window.open("${url}")`), ends: "either", refusedByBrowser: true },
    {
      ...byScript(
        "a link with a ping",
        `const a = document.createElement("a"); a.href = "#x"; a.ping = "${url}"; document.body.append(a); a.click()`,
      ),
    },
    {
      ...inPage(
        "the speculation rules",
        `<script type="speculationrules">{"prefetch":[{"urls":["${url}s"],"eagerness":"immediate"}],"prerender":[{"urls":["${url}t"],"eagerness":"immediate"}]}</script>`,
      ),
      refusedByBrowser: true,
    },
    byScript(
      "localhost by its name",
      `fetch("http://localhost:${canary.split(":")[1] ?? ""}/", { mode: "no-cors" }).catch(() => {})`,
    ),
    byScript(
      "IPv6 loopback",
      `fetch("http://[::1]:${canary.split(":")[1] ?? ""}/", { mode: "no-cors" }).catch(() => {})`,
    ),
    byScript(
      "a name that resolves to it",
      `fetch("http://private.test:${canary.split(":")[1] ?? ""}/", { mode: "no-cors" }).catch(() => {})`,
    ),
    byScript(
      "a name that is rebound to it",
      `const ask = () => fetch("http://rebound.test:${canary.split(":")[1] ?? ""}/", { mode: "no-cors", cache: "no-store" }).catch(() => {}); ask().then(ask).then(ask)`,
    ),
  ];
}
