/** The picture, in pixels. It is the page's window too: what is further down is not drawn, however tall the page is. */
export const PICTURE = { width: 1024, height: 768 } as const;

/** What one page may take of the browser; its share of the network is limited by its passage. */
export interface PageLimits {
  /** Milliseconds until there is a picture. */
  readonly timeMs: number;
  /**
   * Milliseconds after which a page that still loads is photographed as it is, if it shows anything. A page that streams for
   * ever is a page nevertheless.
   */
  readonly loadMs: number;
  /** Times that the page may send the browser on: redirects by the server, by a script, by `<meta http-equiv="refresh">`. */
  readonly redirects: number;
  /** Dialogs (`alert`, `confirm`, `prompt`), each of which is dismissed at once. */
  readonly dialogs: number;
  /** Megabytes of one process of a page; the process is killed. Scripts alone have half of it (`flags.ts`). */
  readonly memoryMb: number;
}

export const DEFAULT_PAGE_LIMITS: PageLimits = {
  timeMs: 30_000,
  loadMs: 15_000,
  redirects: 10,
  dialogs: 5,
  memoryMb: 512,
};

/** When a browser is replaced by a new one. No page fails by it. */
export interface RecycleLimits {
  /** Pages, after which whatever Chromium has not given back is given back. */
  readonly pages: number;
  /** Megabytes of all its processes. At one and a half times of it, its largest process is killed. */
  readonly memoryMb: number;
  /** Milliseconds for its answer to what does not depend on a page, many times what it takes; then it hangs, and is killed. */
  readonly answerMs: number;
}

/** A t3.small has 2 GiB, of which the unit leaves 1.4 to the worker and its browser. */
export const DEFAULT_RECYCLE_LIMITS: RecycleLimits = { pages: 200, memoryMb: 700, answerMs: 15_000 };
