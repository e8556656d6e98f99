import type { PageReason } from "../../../../app-src/url2png/browser/page-error";
import {
  compressed,
  endless,
  endlessRedirect,
  large,
  raw,
  silent,
  slowHeaders,
  type startHostileSite,
} from "./hostile-site";

export interface AbusivePage {
  /** What it does */
  readonly does: string;
  readonly page: Parameters<typeof startHostileSite>[0][string];
  /** What may come of it: of some pages there may be a picture, taken before the worst of it */
  readonly ends: readonly ("picture" | PageReason)[];
}

const html = (script: string, body = "<h1>abusive</h1>"): string =>
  `<!doctype html><title>abusive</title>${body}<script>${script}</script>`;

const HTML = { "content-type": "text/html; charset=utf-8" };
const GIBIBYTE = 1024 ** 3;

/** Pages that want to keep the worker busy, fill its memory, or bring it down. */
export const ABUSIVE_PAGES: readonly AbusivePage[] = [
  { does: "redirects for ever", page: endlessRedirect, ends: ["too-many-redirects"] },
  {
    does: "downloads for ever",
    page: endless(
      { "content-type": "application/octet-stream", "content-disposition": "attachment; filename=x.bin" },
      Buffer.alloc(65_536),
    ),
    // On a busy machine its bytes are over before Chromium says what it is.
    ends: ["is-a-download", "too-many-bytes"],
  },
  {
    does: "streams text for ever",
    page: endless(HTML, "<p>more</p>".repeat(1000), "<h1>stream</h1>"),
    ends: ["too-many-bytes", "too-much-memory", "page-timeout", "page-hangs", "picture"],
  },
  // On a busy machine its time is over before its bytes are.
  { does: "has a gigabyte", page: large(GIBIBYTE), ends: ["too-many-bytes", "page-timeout", "page-hangs"] },
  {
    does: "has a gigabyte, compressed to a megabyte",
    page: compressed(GIBIBYTE),
    ends: ["too-much-memory", "page-timeout", "page-hangs", "page-crashed", "picture"],
  },
  { does: "loads an endless picture", page: '<img src="/endless.png">', ends: ["too-many-bytes", "picture"] },
  { does: "never answers", page: silent, ends: ["page-timeout", "timeout"] },
  {
    does: "never comes to the end of its headers",
    page: slowHeaders,
    ends: ["page-timeout", "timeout", "invalid-response"],
  },
  {
    does: "answers with what is not HTTP",
    page: raw("hello\r\n\r\n"),
    ends: ["invalid-response", "connection-failed", "navigation-failed"],
  },
  { does: "hangs up", page: raw(""), ends: ["invalid-response", "connection-failed", "navigation-failed"] },
  {
    does: "has nothing to show",
    page: (_, response) => {
      response.writeHead(204).end();
    },
    ends: ["nothing-to-show"],
  },
  {
    does: "asks for a password",
    page: (_, response) => {
      response.writeHead(401, { "www-authenticate": 'Basic realm="x"', ...HTML }).end("<h1>password?</h1>");
    },
    ends: ["picture", "navigation-failed"],
  },
  { does: "loops for ever", page: html("for (;;);"), ends: ["page-hangs", "page-timeout"] },
  {
    does: "loops for ever after it has loaded",
    page: html("addEventListener('load', () => { for (;;); })"),
    ends: ["page-hangs", "page-timeout", "picture"],
  },
  {
    does: "loops in promises for ever",
    page: html("const again = () => Promise.resolve().then(again); again()"),
    ends: ["page-hangs", "page-timeout"],
  },
  {
    does: "loops in twenty workers",
    page: html("const u = URL.createObjectURL(new Blob(['for (;;);'])); for (let i = 0; i < 20; i++) new Worker(u)"),
    ends: ["picture", "page-hangs", "page-timeout"],
  },
  { does: "alerts for ever", page: html("for (;;) alert('again')"), ends: ["too-many-dialogs"] },
  {
    does: "asks and prompts for ever",
    page: html("for (;;) { confirm('sure?'); prompt('why?') }"),
    ends: ["too-many-dialogs"],
  },
  {
    does: "does not want to be left",
    page: html("addEventListener('beforeunload', (e) => { e.preventDefault(); e.returnValue = 'stay' })"),
    ends: ["picture"],
  },
  {
    does: "opens a thousand popups",
    page: html("for (let i = 0; i < 1000; i++) window.open('/popup?' + i)"),
    ends: ["picture"],
  },
  {
    does: "reloads itself for ever",
    page: html("location.reload()"),
    ends: ["picture", "page-timeout", "too-many-requests", "page-hangs", "too-many-redirects"],
  },
  {
    does: "makes a thousand frames",
    page: html(
      "for (let i = 0; i < 1000; i++) document.body.append(Object.assign(document.createElement('iframe'), { src: '/frame' + i }))",
    ),
    ends: ["picture", "too-many-requests", "page-timeout", "page-hangs", "too-much-memory"],
  },
  {
    does: "contains itself",
    page: '<h1>self</h1><iframe src="?again"></iframe><iframe src="?again2"></iframe>',
    ends: ["picture", "too-many-requests", "page-timeout"],
  },
  {
    does: "asks for five thousand files",
    page: html("for (let i = 0; i < 5000; i++) new Image().src = '/file' + i"),
    ends: ["too-many-requests", "picture", "page-timeout"],
  },
  {
    does: "is a hundred million pixels high",
    page: '<div style="height: 100000000px; background: linear-gradient(red, blue)"></div>',
    ends: ["picture"],
  },
  {
    does: "is a million elements deep",
    page: html(
      "let at = document.body; for (let i = 0; i < 1e6; i++) at = at.appendChild(document.createElement('div'))",
    ),
    ends: ["picture", "page-crashed", "page-hangs", "page-timeout", "too-much-memory"],
  },
  {
    does: "eats memory",
    page: html("const all = []; for (;;) { const a = new Float64Array(1 << 22); a.fill(1.5); all.push(a) }"),
    ends: ["too-much-memory", "page-crashed", "page-hangs", "page-timeout", "picture"],
  },
  {
    does: "eats memory of the heap",
    page: html("const all = []; for (let i = 0; ; i++) all.push({ i, text: 'x'.repeat(1000) + i })"),
    ends: ["too-much-memory", "page-crashed", "page-hangs", "page-timeout"],
  },
  {
    does: "draws on a huge canvas",
    page: html(
      "const c = document.createElement('canvas'); c.width = c.height = 30000; document.body.append(c); c.getContext('2d').fillRect(0, 0, 30000, 30000)",
    ),
    ends: ["picture", "page-crashed", "page-hangs", "page-timeout", "too-much-memory"],
  },
  { does: "prints itself", page: html("print()"), ends: ["picture"] },
  { does: "stops in the debugger", page: html("debugger"), ends: ["picture"] },
  { does: "closes itself", page: html("window.close()"), ends: ["picture", "page-closed", "page-crashed"] },
  {
    does: "asks for permissions",
    page: html(
      "navigator.geolocation.getCurrentPosition(() => {}); Notification.requestPermission(); navigator.mediaDevices?.getUserMedia({ audio: true }).catch(() => {})",
    ),
    ends: ["picture"],
  },
  {
    does: "goes full screen, moves and resizes",
    page: html("document.body.requestFullscreen().catch(() => {}); moveTo(0, 0); resizeTo(10, 10)"),
    ends: ["picture"],
  },
  {
    does: "changes its address a million times",
    page: html("for (let i = 0; i < 1e6; i++) { try { history.pushState(null, '', '?' + i) } catch { break } }"),
    ends: ["picture", "page-hangs", "page-timeout"],
  },
  {
    does: "fills its storage",
    page: html("try { for (let i = 0; ; i++) localStorage.setItem('k' + i, 'x'.repeat(1e6)) } catch {}"),
    ends: ["picture"],
  },
  {
    does: "saves files from scripts",
    page: html(
      "for (let i = 0; i < 100; i++) { const a = document.createElement('a'); a.href = URL.createObjectURL(new Blob(['x'.repeat(1e6)])); a.download = 'f' + i; a.click() }",
    ),
    ends: ["picture", "is-a-download"],
  },
];
