import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../../shared/logger";
import type { ProcessTable } from "../shared/process-table";
import type { WorkQueue } from "./work-queue";

export interface SweeperOptions {
  readonly processes: ProcessTable;
  readonly queue: WorkQueue;
  readonly logger: Logger;
  /** Time between two runs, in seconds; each pause is up to a quarter shorter or longer, so that servers do not run in step. */
  readonly intervalSeconds: number;
  /** Age of an upload's mark from which its message counts as lost, in seconds. */
  readonly afterSeconds: number;
}

/** So many uploads are queued again at once. */
const PAGE = 25;

/**
 * No upload is ever lost: an upload is marked in the table before its message is sent, and the mark is taken off after. When a
 * server dies or the queue fails in between, the mark stays, and the next run of any server's sweeper sends the message again.
 * Several servers may do so at once: the workers take a message twice without harm.
 */
export class Sweeper {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly options: SweeperOptions) {}

  /** Begins to run at intervals, one run at a time. */
  start(): void {
    this.running ??= this.loop();
  }

  /** Ends the pause or the run in hand. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /**
   * One run: sends the message of every upload that has waited too long. Errors are logged; what failed is left for a later run.
   * @returns how many messages were sent
   */
  async sweep(): Promise<number> {
    const { processes, logger, afterSeconds } = this.options;
    let sent = 0;
    try {
      for (let more = true; more && !this.stopping.signal.aborted;) {
        const forgotten = await processes.listUnqueued(Date.now() - afterSeconds * 1000, PAGE);
        const results = await Promise.all(forgotten.map(({ id, unqueuedSince }) => this.queueAgain(id, unqueuedSince)));
        sent += results.filter(Boolean).length;
        more = forgotten.length === PAGE && results.every(Boolean);
      }
    } catch (error) {
      logger.error({ err: error }, "sweep failed; the next run tries again");
    }
    if (sent > 0) logger.warn({ sent }, "queued uploads whose message had been lost");
    return sent;
  }

  private async queueAgain(id: string, unqueuedSince: number): Promise<boolean> {
    const { processes, queue, logger } = this.options;
    try {
      await queue.send(id);
      await processes.markQueued(id, unqueuedSince);
      return true;
    } catch (error) {
      logger.error({ err: error, imageId: id }, "could not queue a forgotten upload; the next run tries again");
      return false;
    }
  }

  private async loop(): Promise<void> {
    const { signal } = this.stopping;
    try {
      for (;;) {
        const pause = this.options.intervalSeconds * 1000 * (0.75 + Math.random() / 2);
        await sleep(pause, undefined, { signal });
        await this.sweep();
      }
    } catch (error) {
      // Stopped in a pause; a run throws nothing.
      if (!signal.aborted) throw error;
    }
  }
}
