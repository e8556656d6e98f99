import type { SQSClient } from "@aws-sdk/client-sqs";
import { WorkQueue, type QueueMessage } from "../../shared/work-queue";

export interface PageQueueOptions {
  readonly url: string;
  readonly visibilityTimeoutSeconds: number;
  /** Seconds that a receive waits for a message. */
  readonly waitSeconds: number;
  /** Most messages of one receive. */
  readonly atMost: number;
}

/**
 * Takes no more messages at once than are worked on at the same time. A page takes as long as a hundred receives: what lies ready
 * here for later is missing from the queue's length, which scales the fleet, and waits while another worker may be idle.
 */
export class PageQueue extends WorkQueue {
  private readonly atMost: number;

  constructor(client: SQSClient, { url, visibilityTimeoutSeconds, waitSeconds, atMost }: PageQueueOptions) {
    super(client, url, visibilityTimeoutSeconds, waitSeconds);
    this.atMost = atMost;
  }

  override receive(atMost: number, signal: AbortSignal): Promise<QueueMessage[]> {
    return super.receive(Math.min(atMost, this.atMost), signal);
  }
}
