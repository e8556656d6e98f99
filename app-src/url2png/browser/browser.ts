import { tmpdir } from "node:os";
import type { Logger } from "../../shared/logger";
import type { NetworkLimits } from "../network/limits";
import type { Passage } from "../network/passage";
import { BrowserGoneError, type Chromium } from "./chromium";
import { PROFILE_PREFIX } from "./chromium-process";
import { findChromium } from "./find-chromium";
import { DEFAULT_PAGE_LIMITS, DEFAULT_RECYCLE_LIMITS, type PageLimits, type RecycleLimits } from "./limits";
import { refusalError } from "./navigation-error";
import { removeOrphanedFolders } from "./owned-folder";
import { PageError } from "./page-error";
import { photograph } from "./photograph";
import { ChromiumStarter, type SandboxMode } from "./sandbox";

/** Milliseconds by which a page's passage outlives it, so that it is the page's time that is over first. */
const PASSAGE_MARGIN_MS = 10_000;

export interface BrowserOptions {
  /** Every page's way to the network: the `Gatekeeper`. */
  readonly gatekeeper: { open(limits: Partial<NetworkLimits>): Promise<Passage> };
  readonly logger: Logger;
  /** Default `auto`. */
  readonly sandbox?: SandboxMode;
  /** Chromium's program. Default: what `findChromium` finds. */
  readonly chromiumPath?: string;
  /** What a page may take; defaults in `limits.ts`. */
  readonly limits?: Partial<PageLimits>;
  /** When Chromium is replaced by a fresh one; defaults in `limits.ts`. */
  readonly recycle?: Partial<RecycleLimits>;
}

/**
 * Takes pictures of pages that strangers choose, with one Chromium for many pages. How many at the same time is the caller's
 * business. Chromium is replaced when it dies, hangs, grows, or has seen many pages.
 */
export class Browser {
  private readonly limits: PageLimits;
  private readonly recycle: RecycleLimits;
  /** Those that run: the one that takes new pages, and older ones that finish theirs. */
  private readonly running = new Set<Chromium>();
  private current: Chromium | undefined;
  private starting: Promise<Chromium> | undefined;
  private lastStartFailed = false;
  private closed = false;

  /** @throws Error when no Chromium can be started, or none with a sandbox where one is required */
  static async start(options: BrowserOptions): Promise<Browser> {
    await removeOrphanedFolders(tmpdir(), PROFILE_PREFIX);
    const limits = { ...DEFAULT_PAGE_LIMITS, ...options.limits };
    const recycle = { ...DEFAULT_RECYCLE_LIMITS, ...options.recycle };
    const { logger, sandbox = "auto" } = options;
    const starter = new ChromiumStarter(
      {
        program: options.chromiumPath ?? (await findChromium()),
        heapMb: Math.round(limits.memoryMb / 2),
        answerMs: recycle.answerMs,
        memory: { processMb: limits.memoryMb, treeMb: recycle.memoryMb * 1.5 },
        logger,
      },
      sandbox,
      logger,
    );
    const browser = new Browser(options, starter, limits, recycle);
    await browser.startNext();
    return browser;
  }

  private constructor(
    private readonly options: BrowserOptions,
    private readonly starter: ChromiumStarter,
    limits: PageLimits,
    recycle: RecycleLimits,
  ) {
    this.limits = limits;
    this.recycle = recycle;
  }

  /** Whether it can take pictures; for `/health`. A Chromium that is being replaced is no trouble, one that cannot be is. */
  get usable(): boolean {
    return !this.closed && (!this.lastStartFailed || this.current?.gone.aborted === false);
  }

  /** The first process of the Chromium that takes new pages. */
  get pid(): number | undefined {
    return this.current?.pid;
  }

  /**
   * @param signal gives the page up
   * @returns a PNG of 1024 x 768 pixels
   * @throws PageError for what is the page's doing; any other error is ours
   */
  async screenshot(url: string, signal?: AbortSignal): Promise<Buffer> {
    try {
      return await this.tryOnce(url, signal);
    } catch (error) {
      if (!(error instanceof BrowserGoneError) || this.closed) throw error;
      this.options.logger.warn({ cause: error.message }, "the browser ended under a page, which is tried once more");
    }
    try {
      return await this.tryOnce(url, signal);
    } catch (error) {
      if (!(error instanceof BrowserGoneError) || this.isClosed()) throw error;
      throw new PageError("page-crashed", "the browser ended twice while it was at this page", true);
    }
  }

  /** Ends every process of it; pages in work fail. */
  async close(): Promise<void> {
    this.closed = true;
    await this.starting?.catch(() => undefined); // who waits for it hears of it
    await Promise.all([...this.running].map((chromium) => chromium.kill("the browser is closed")));
  }

  /** A function, as what is read from a field before an `await` would be taken for true after it. */
  private isClosed(): boolean {
    return this.closed;
  }

  private async tryOnce(url: string, signal: AbortSignal | undefined): Promise<Buffer> {
    signal?.throwIfAborted();
    const passage = await this.options.gatekeeper.open({ lifetimeMs: this.limits.timeMs + PASSAGE_MARGIN_MS });
    try {
      const refusal = passage.checkUrl(url);
      if (refusal) throw refusalError(refusal);
      const chromium = await this.ready();
      chromium.visits++;
      chromium.inWork++;
      try {
        return await photograph(chromium, { url, passage, limits: this.limits, signal });
      } finally {
        chromium.inWork--;
        this.afterPage(chromium);
      }
    } finally {
      await passage.close();
    }
  }

  private async ready(): Promise<Chromium> {
    if (this.closed) throw new Error("the browser is closed");
    return this.current?.gone.aborted === false ? this.current : this.startNext();
  }

  /** Starts a Chromium that takes the new pages from then on. */
  private startNext(): Promise<Chromium> {
    this.starting ??= this.startChromium().finally(() => {
      this.starting = undefined;
    });
    return this.starting;
  }

  private async startChromium(): Promise<Chromium> {
    let next: Chromium;
    try {
      next = await this.starter.start();
      this.lastStartFailed = false;
    } catch (error) {
      this.lastStartFailed = true;
      throw error;
    }
    const previous = this.current;
    this.current = next;
    this.running.add(next);
    next.gone.addEventListener("abort", () => {
      this.clearUpAfter(next);
    });
    if (previous) this.retireWhenIdle(previous);
    return next;
  }

  private clearUpAfter(chromium: Chromium): void {
    chromium
      .kill("it is gone")
      .catch((error: unknown) => {
        this.options.logger.error({ err: error }, "could not clear up after Chromium");
      })
      .finally(() => this.running.delete(chromium));
  }

  private afterPage(chromium: Chromium): void {
    if (chromium !== this.current) {
      this.retireWhenIdle(chromium);
      return;
    }
    const { pages, memoryMb } = this.recycle;
    if (this.closed || this.starting || (chromium.visits < pages && chromium.memoryMb <= memoryMb)) return;
    const { logger } = this.options;
    logger.info({ pages: chromium.visits, memoryMb: Math.round(chromium.memoryMb) }, "a fresh Chromium takes over");
    this.startNext().catch((error: unknown) => {
      logger.error({ err: error }, "could not start a fresh Chromium, the old one goes on");
    });
  }

  private retireWhenIdle(chromium: Chromium): void {
    if (chromium.inWork === 0) chromium.giveUp("it has done its part");
  }
}
