import type { WorkerBrowser } from "../../../../../app-src/url2png/worker/guarded-browser";

/** What becomes of a page. */
type Scene = (url: string, signal: AbortSignal | undefined) => Promise<Buffer>;

/** Stands in for Chromium: does what the test says, and remembers what it was asked for. */
export class ScriptedBrowser implements WorkerBrowser {
  readonly urls: string[] = [];
  usable = true;
  closed = false;

  constructor(public scene: Scene = (url) => Promise.resolve(Buffer.from(`picture of ${url}`))) {}

  screenshot(url: string, signal?: AbortSignal): Promise<Buffer> {
    this.urls.push(url);
    return this.scene(url, signal);
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}
