import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "./logger";
import { BATCH_SIZE, type FailedMessage, type QueueMessage, type WorkQueue } from "./work-queue";

/** The longest pause before a message is tried again, in seconds. */
const MAX_BACKOFF_SECONDS = 120;

/** The longest pause after receive calls that fail, in milliseconds. */
const MAX_RECEIVE_PAUSE_MS = 30_000;

/** Milliseconds without a turn of the loop or an ended job, after which the consumer counts as stuck. */
const STUCK_AFTER_MS = 90_000;

/**
 * What becomes of a message: `done` is deleted, `retry` comes back later, `poison` can never be done and goes to the
 * dead-letter queue.
 */
export type Outcome = "done" | "retry" | "poison";

/** What a worker does for a message. */
export interface Job {
  /** Never throws. */
  run(message: QueueMessage): Promise<Outcome>;
}

export interface ConsumerOptions {
  readonly queue: WorkQueue;
  readonly job: Job;
  readonly logger: Logger;
  /** Messages worked on at the same time. */
  readonly concurrency: number;
  /** Most messages of one receive; those not begun wait here, unseen by other workers and by the queue's length. Default: 10 */
  readonly receiveAtMost?: number;
  /** Milliseconds between two renewals of what is in hand; well below the visibility timeout. */
  readonly heartbeatMs: number;
}

/** Takes messages from the queue, keeps them hidden from other workers while they are in hand, and settles each of them. */
export class Consumer {
  /** Received and neither settled nor given back: waiting or in work. */
  private readonly inHand = new Set<QueueMessage>();
  private readonly waiting: QueueMessage[] = [];
  private readonly jobs = new Set<Promise<void>>();
  private readonly abort = new AbortController();
  private readonly heartbeat: NodeJS.Timeout;
  private readonly loop: Promise<void>;
  private lastTurn = Date.now();
  private onRoom: (() => void) | undefined;

  /** Starts at once. */
  constructor(private readonly options: ConsumerOptions) {
    this.heartbeat = setInterval(() => void this.keepInHand(), options.heartbeatMs);
    this.loop = this.receiveLoop();
  }

  /** Whether messages are taken and worked on. */
  get alive(): boolean {
    return !this.stopping() && Date.now() - this.lastTurn < STUCK_AFTER_MS;
  }

  /**
   * Takes no more messages, gives back those not begun, waits for those in work, and gives back what is not done in time.
   * A message that is on its way when the long poll is aborted is the one that cannot be given back: it comes back by itself
   * after the visibility timeout.
   * @param graceMs milliseconds for the messages in work
   */
  async stop(graceMs: number): Promise<void> {
    this.abort.abort();
    this.onRoom?.();
    await this.loop;
    await this.giveBack(this.waiting.splice(0));
    await Promise.race([Promise.all(this.jobs), sleep(graceMs, undefined, { ref: false })]);
    clearInterval(this.heartbeat);
    await this.giveBack([...this.inHand]);
  }

  private async receiveLoop(): Promise<void> {
    const { queue, logger, concurrency, receiveAtMost = BATCH_SIZE } = this.options;
    const { signal } = this.abort;
    for (let failures = 0; !this.stopping();) {
      this.lastTurn = Date.now();
      try {
        // Few enough that the next worker finds some, enough that one receive serves several.
        const room = Math.max(BATCH_SIZE, concurrency) - this.waiting.length;
        for (const message of await queue.receive(Math.min(receiveAtMost, room), signal)) {
          this.inHand.add(message);
          this.waiting.push(message);
        }
        failures = 0;
        this.startJobs();
        if (this.waiting.length >= concurrency && !this.stopping()) await this.room();
      } catch (error) {
        if (this.stopping()) return;
        const pause = Math.min(MAX_RECEIVE_PAUSE_MS, 1000 * 2 ** failures++) * (0.5 + Math.random() / 2);
        logger.error({ err: error, pause: Math.round(pause) }, "could not receive messages, tries again");
        await sleep(pause, undefined, { signal }).catch(() => undefined); // ends early only by the abort
      }
    }
  }

  private stopping(): boolean {
    return this.abort.signal.aborted;
  }

  /** Resolves when fewer messages wait than are worked on at the same time, or when the consumer stops. */
  private async room(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.onRoom = resolve;
    });
  }

  private startJobs(): void {
    while (this.jobs.size < this.options.concurrency && !this.stopping()) {
      const message = this.waiting.shift();
      if (!message) return;
      const job = this.work(message).finally(() => {
        this.lastTurn = Date.now();
        this.jobs.delete(job);
        this.startJobs();
        if (this.waiting.length < this.options.concurrency) this.onRoom?.();
      });
      this.jobs.add(job);
    }
  }

  private async work(message: QueueMessage): Promise<void> {
    const outcome = await this.options.job.run(message);
    // No more heartbeats; when it was given back meanwhile, settling it is still right.
    this.inHand.delete(message);
    try {
      await this.settle(message, outcome);
    } catch (error) {
      this.options.logger.error(
        { err: error, messageId: message.id, outcome },
        "could not settle a message, it comes back",
      );
    }
  }

  private async settle(message: QueueMessage, outcome: Outcome): Promise<void> {
    const { queue } = this.options;
    if (outcome === "done") {
      await queue.remove(message);
    } else if (outcome === "poison") {
      // Received again at once, it has soon been received often enough for SQS to move it to the dead-letter queue.
      this.report(await queue.hide([message], 0), "could not give a message back");
    } else {
      const seconds = Math.min(MAX_BACKOFF_SECONDS, 2 ** (message.receiveCount - 1));
      this.report(await queue.hide([message], seconds), "could not put a message off");
    }
  }

  private async keepInHand(): Promise<void> {
    try {
      const failed = await this.options.queue.keep([...this.inHand]);
      // One that was settled while the call was under way is not in the queue any more.
      this.report(
        failed.filter(({ message }) => this.inHand.has(message)),
        "could not keep a message hidden",
      );
    } catch (error) {
      this.options.logger.error({ err: error }, "could not keep messages hidden, tries again");
    }
  }

  private async giveBack(messages: readonly QueueMessage[]): Promise<void> {
    if (messages.length === 0) return;
    for (const message of messages) this.inHand.delete(message);
    try {
      this.report(await this.options.queue.hide(messages, 0), "could not give a message back");
      this.options.logger.info({ messages: messages.length }, "gave messages back to the queue");
    } catch (error) {
      this.options.logger.error({ err: error }, "could not give messages back, they come back by themselves");
    }
  }

  private report(failed: readonly FailedMessage[], text: string): void {
    for (const { message, reason } of failed) this.options.logger.warn({ messageId: message.id, reason }, text);
  }
}
