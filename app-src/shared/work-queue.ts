import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";

/** SQS gives at most so many messages at once, and takes as many in a batch. */
export const BATCH_SIZE = 10;

/** A message that is hidden from other workers while it is in hand. */
export interface QueueMessage {
  readonly id: string;
  readonly body: string | undefined;
  readonly receiptHandle: string;
  /** How often it was received, this time included. */
  readonly receiveCount: number;
}

/** The queue, as far as a worker uses it. */
export class WorkQueue {
  constructor(
    private readonly client: SQSClient,
    private readonly url: string,
    private readonly visibilityTimeoutSeconds: number,
    /** Seconds that a receive waits for a message, 20 at most */
    private readonly waitSeconds: number,
  ) {}

  /** Waits for messages, and for nothing longer than the time to wait. */
  async receive(atMost: number, signal: AbortSignal): Promise<QueueMessage[]> {
    const { Messages = [] } = await this.client.send(
      new ReceiveMessageCommand({
        QueueUrl: this.url,
        MaxNumberOfMessages: Math.min(atMost, BATCH_SIZE),
        WaitTimeSeconds: this.waitSeconds,
        VisibilityTimeout: this.visibilityTimeoutSeconds,
        MessageSystemAttributeNames: ["ApproximateReceiveCount"],
      }),
      { abortSignal: signal },
    );
    return Messages.map(({ MessageId = "", Body, ReceiptHandle = "", Attributes }) => ({
      id: MessageId,
      body: Body,
      receiptHandle: ReceiptHandle,
      receiveCount: Number(Attributes?.ApproximateReceiveCount ?? 1),
    }));
  }

  async remove({ receiptHandle }: QueueMessage): Promise<void> {
    await this.client.send(new DeleteMessageCommand({ QueueUrl: this.url, ReceiptHandle: receiptHandle }));
  }

  /** Hides messages from now on for the visibility timeout. @returns those that could not be, with the reason */
  async keep(messages: readonly QueueMessage[]): Promise<FailedMessage[]> {
    return this.hide(messages, this.visibilityTimeoutSeconds);
  }

  /** Hides messages from now on for so many seconds; 0 gives them back. @returns those that could not be, with the reason */
  async hide(messages: readonly QueueMessage[], seconds: number): Promise<FailedMessage[]> {
    const batches = Array.from({ length: Math.ceil(messages.length / BATCH_SIZE) }, (_, i) =>
      messages.slice(i * BATCH_SIZE, (i + 1) * BATCH_SIZE),
    );
    const failed = await Promise.all(batches.map((batch) => this.hideBatch(batch, seconds)));
    return failed.flat();
  }

  private async hideBatch(batch: readonly QueueMessage[], seconds: number): Promise<FailedMessage[]> {
    const { Failed = [] } = await this.client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: this.url,
        Entries: batch.map(({ receiptHandle }, i) => ({
          Id: String(i),
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: seconds,
        })),
      }),
    );
    return Failed.flatMap(({ Id, Code, Message }) => {
      const message = batch[Number(Id)];
      return message ? [{ message, reason: `${Code ?? "unknown"}: ${Message ?? ""}` }] : [];
    });
  }
}

export interface FailedMessage {
  readonly message: QueueMessage;
  readonly reason: string;
}
