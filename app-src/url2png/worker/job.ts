import type { Job, Outcome } from "../../shared/consumer";
import type { Logger } from "../../shared/logger";
import type { QueueMessage } from "../../shared/work-queue";
import type { Browser } from "../browser/browser";
import { PageError } from "../browser/page-error";
import { parseMessage, type PageMessage } from "../shared/message";
import type { ResultStorage } from "./storage";

/** How often a page is tried that may work another time. */
const TRIES = 3;

export interface JobParts {
  readonly browser: Pick<Browser, "screenshot">;
  readonly storage: Pick<ResultStorage, "storePicture" | "storeFailure">;
  readonly logger: Logger;
  /** Aborted when the worker ends: what fails from then on is nobody's fault. */
  readonly stopping: AbortSignal;
}

/** Does what a message asks for: open the page, photograph it, store the picture, or why there is none. */
export class PageJob implements Job {
  constructor(private readonly parts: JobParts) {}

  /** Never throws. */
  async run({ id: messageId, body, receiveCount }: QueueMessage): Promise<Outcome> {
    const message = parseMessage(body);
    if (!message) {
      // The body stays in the queue for who looks into it; a stranger's text does not belong into a log.
      this.parts.logger.error({ messageId }, "poison message: its body is not the one of a page to photograph");
      return "poison";
    }
    const logger = this.parts.logger.child({ id: message.id, host: hostOf(message.url), receiveCount });
    try {
      return await this.photograph(message, receiveCount, logger);
    } catch (error) {
      logger.error({ err: error }, "could not be photographed now, which is not the page's doing: comes back");
      return "retry";
    }
  }

  private async photograph({ id, url }: PageMessage, receiveCount: number, logger: Logger): Promise<Outcome> {
    const { browser, storage, stopping } = this.parts;
    const begin = performance.now();
    let png: Buffer;
    try {
      png = await browser.screenshot(url, stopping);
    } catch (error) {
      if (!(error instanceof PageError) || stopping.aborted) throw error;
      const { reason, message } = error;
      if (error.transient && receiveCount < TRIES) {
        logger.warn({ reason, message }, "no picture this time, is tried again");
        return "retry";
      }
      await storage.storeFailure({ id, url, reason, message, failedAt: new Date().toISOString() });
      logger.warn({ reason, message }, "no picture, for good");
      return "done";
    }
    const photographed = performance.now();
    await storage.storePicture(id, png);
    const ms = { screenshot: Math.round(photographed - begin), store: Math.round(performance.now() - photographed) };
    logger.info({ bytes: png.length, ms }, "photographed");
    return "done";
  }
}

/** What the log tells of a URL: its path and query may hold what opens a door. */
function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}
