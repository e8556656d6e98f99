import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
  ChangeMessageVisibilityCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";

/** A queue and the dead-letter queue in which its poison messages end. */
export interface QueuePair {
  readonly name: string;
  readonly url: string;
  readonly deadLetterUrl: string;
  /** Messages in the dead-letter queue, as far as SQS knows */
  readonly waiting: number;
}

/** The URL of a queue of the account and region of the client. */
export async function queueUrlOf(client: SQSClient, name: string): Promise<string> {
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
  if (QueueUrl === undefined) throw new Error(`SQS gave no URL for the queue ${name}`);
  return QueueUrl;
}

/**
 * Finds the dead-letter queue of a queue.
 * @throws Error when it has none
 */
export async function findDeadLetterQueue(client: SQSClient, url: string): Promise<QueuePair> {
  const name = url.slice(url.lastIndexOf("/") + 1);
  const { RedrivePolicy } = await attributes(client, url, "RedrivePolicy");
  if (RedrivePolicy === undefined) throw new Error(`the queue ${name} has no dead-letter queue`);
  const { deadLetterTargetArn } = JSON.parse(RedrivePolicy) as { deadLetterTargetArn: string };
  const deadLetterUrl = await queueUrlOf(client, deadLetterTargetArn.slice(deadLetterTargetArn.lastIndexOf(":") + 1));
  const { ApproximateNumberOfMessages } = await attributes(client, deadLetterUrl, "ApproximateNumberOfMessages");
  return { name, url, deadLetterUrl, waiting: Number(ApproximateNumberOfMessages) };
}

/**
 * Moves the messages that are in the dead-letter queue back to their queue, one after the other: receive, send, delete.
 * When it is broken off, a message can be in both queues, but never in none. A message that was sent after the start and
 * came back is left alone, so that a cause that is not mended does not keep this going for ever.
 * @param onMoved told how many were moved so far
 * @returns how many were moved
 */
export async function redrive(client: SQSClient, pair: QueuePair, onMoved: (count: number) => void): Promise<number> {
  const startedAt = Date.now();
  let moved = 0;
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: pair.deadLetterUrl,
        MaxNumberOfMessages: 10,
        // Long polling asks all of SQS's servers: empty then means empty.
        WaitTimeSeconds: 2,
        MessageAttributeNames: ["All"],
        MessageSystemAttributeNames: ["All"],
      }),
    );
    const old = Messages.filter((message) => Number(message.Attributes?.SentTimestamp) < startedAt);
    for (const message of Messages) {
      if (old.includes(message)) await move(client, pair, message);
      else await giveBack(client, pair, message);
    }
    moved += old.length;
    if (old.length === 0) return moved;
    onMoved(moved);
  }
}

async function move(client: SQSClient, { url, deadLetterUrl }: QueuePair, message: Message): Promise<void> {
  const { MessageGroupId, MessageDeduplicationId } = message.Attributes ?? {};
  await client.send(
    new SendMessageCommand({
      QueueUrl: url,
      MessageBody: message.Body,
      MessageAttributes: message.MessageAttributes,
      MessageGroupId,
      MessageDeduplicationId,
    }),
  );
  await client.send(new DeleteMessageCommand({ QueueUrl: deadLetterUrl, ReceiptHandle: message.ReceiptHandle }));
}

async function giveBack(client: SQSClient, { deadLetterUrl }: QueuePair, message: Message): Promise<void> {
  const { ReceiptHandle } = message;
  await client.send(
    new ChangeMessageVisibilityCommand({ QueueUrl: deadLetterUrl, ReceiptHandle, VisibilityTimeout: 0 }),
  );
}

async function attributes(
  client: SQSClient,
  url: string,
  name: "RedrivePolicy" | "ApproximateNumberOfMessages",
): Promise<Record<string, string>> {
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [name] }));
  return Attributes ?? {};
}
