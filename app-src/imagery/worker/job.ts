import type { Job, Outcome } from "../../shared/consumer";
import type { Logger } from "../../shared/logger";
import type { QueueMessage } from "../../shared/work-queue";
import { parseMessage } from "../shared/message";
import { ProcessNotFoundError, StateConflictError, processedKeyOf } from "../shared/process";
import type { ProcessTable } from "../shared/process-table";
import { checkHeader } from "./header";
import type { SepiaPool } from "./sepia-pool";
import type { ImageStorage } from "./storage";
import { UnusableImageError } from "./unusable-image";

export interface JobParts {
  readonly table: ProcessTable;
  readonly storage: ImageStorage;
  readonly pool: SepiaPool;
  readonly logger: Logger;
}

/** Does what a message asks for: read the item, fetch, check, sepia, store, update. Any of it may be done again without harm. */
export class ImageJob implements Job {
  constructor(private readonly parts: JobParts) {}

  /** Never throws. */
  async run({ body }: QueueMessage): Promise<Outcome> {
    const message = parseMessage(body);
    if (!message) {
      this.parts.logger.error({ body }, "poison message: its body is not the one of an image to process");
      return "poison";
    }
    const { imageId } = message;
    const logger = this.parts.logger.child({ imageId });
    try {
      return await this.process(imageId, logger);
    } catch (error) {
      if (error instanceof ProcessNotFoundError) {
        logger.error("poison message: there is no such image");
        return "poison";
      }
      if (error instanceof StateConflictError) {
        // Another worker came to an end with the same upload meanwhile, and the first one counts.
        logger.warn({ err: error }, "already ended in another state");
        return "done";
      }
      logger.error({ err: error }, "could not be processed now, comes back");
      return "retry";
    }
  }

  private async process(imageId: string, logger: Logger): Promise<Outcome> {
    const { table } = this.parts;
    const watch = new StopWatch();
    const item = await table.get(imageId);
    if (!item) throw new ProcessNotFoundError(imageId);
    if (item.state === "processed" || item.state === "failed") {
      logger.info({ state: item.state }, "already done: a duplicate message");
      return "done";
    }
    const { rawKey } = item;
    if (rawKey === undefined) {
      logger.error({ state: item.state }, "poison message: nothing was uploaded for the image");
      return "poison";
    }
    watch.lap("read");

    let details: object;
    try {
      details = await this.convert(rawKey, watch);
    } catch (error) {
      if (!(error instanceof UnusableImageError)) throw error;
      const { state } = await table.markFailed(imageId, rawKey, error.message);
      logger.warn({ rawKey, state, reason: error.message, detail: error.cause }, "can never be processed");
      return "done";
    }
    const { state, rawKey: current } = await table.markProcessed(imageId, rawKey, item);
    watch.lap("update");
    // A later upload has a message of its own, or is marked as lacking one: it is not lost by leaving it to that.
    const text = current === rawKey ? "processed" : "superseded by a later upload, which is left to its own message";
    logger.info({ rawKey, state, ...details, ms: watch.laps }, text);
    return "done";
  }

  /** @returns what there is to log */
  private async convert(rawKey: string, watch: StopWatch): Promise<object> {
    const { storage, pool } = this.parts;
    const bytes = await storage.fetch(rawKey);
    const size = bytes.length;
    const header = checkHeader(bytes);
    watch.lap("fetch");
    const { png, width, height, decodeMs, filterMs, encodeMs } = await pool.run(bytes, header);
    watch.lap("thread");
    watch.add({ decode: decodeMs, filter: filterMs, encode: encodeMs });
    const pngBytes = png.length;
    await storage.store(processedKeyOf(rawKey), png);
    discard(png);
    watch.lap("store");
    return { type: header.type, width, height, bytes: size, pngBytes };
  }
}

/**
 * Gives back the memory of a Buffer that fills its ArrayBuffer, by transferring it to nobody. Left to the garbage collector, a
 * few megabytes an image make it walk through the whole heap every few images, which took about seven milliseconds of processor time each.
 */
function discard(buffer: Buffer): void {
  structuredClone(undefined, { transfer: [buffer.buffer as ArrayBuffer] });
}

/** Whole milliseconds of each step. */
class StopWatch {
  readonly laps: Record<string, number> = {};
  private last = performance.now();

  lap(name: string): void {
    const now = performance.now();
    this.add({ [name]: now - this.last });
    this.last = now;
  }

  add(steps: Record<string, number>): void {
    for (const [name, ms] of Object.entries(steps)) this.laps[name] = Math.round(ms);
  }
}
