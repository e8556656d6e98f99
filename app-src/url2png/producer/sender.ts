import { setTimeout as sleep } from "node:timers/promises";
import { SendMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { BATCH_SIZE } from "../../shared/work-queue";
import { formatMessage } from "../shared/message";
import { NotSentError } from "./errors";

/** A page that is to be photographed. */
export interface Sent {
  readonly id: string;
  readonly url: string;
  /** Where the picture will be in the bucket. */
  readonly key: string;
  /** The same as `s3://<bucket>/<key>`. */
  readonly location: string;
}

/** How often a message is offered that SQS does not take although nothing is wrong with it. */
const TRIES = 5;

/** Milliseconds before the second try; doubled before each further one. */
const FIRST_PAUSE_MS = 100;

interface Rejected {
  readonly message: Sent;
  readonly reason: string;
  /** Whether it would be refused again. */
  readonly final: boolean;
}

/** Puts messages into the queue, ten at a time. A message that is sent twice, as its answer was lost, does no harm. */
export class Sender {
  constructor(
    private readonly client: SQSClient,
    private readonly queueUrl: string,
  ) {}

  /** @throws NotSentError naming what is in the queue; when nothing of it is, the AWS SDK's error */
  async send(messages: readonly Sent[], signal?: AbortSignal): Promise<void> {
    for (let at = 0; at < messages.length; at += BATCH_SIZE) {
      const batch = messages.slice(at, at + BATCH_SIZE);
      let rejected: Rejected[];
      try {
        rejected = await this.persist(batch, signal);
      } catch (error) {
        // As it is when nothing was sent: it is about credentials, the queue or the network, and not about these messages.
        if (at === 0) throw error;
        throw new NotSentError(messages.slice(0, at), messages.slice(at), String(error), { cause: error });
      }
      const [first] = rejected;
      if (!first) continue;
      const missing = new Set(rejected.map(({ message }) => message));
      const sent = messages.slice(0, at + batch.length).filter((message) => !missing.has(message));
      throw new NotSentError(sent, [...missing, ...messages.slice(at + batch.length)], first.reason);
    }
  }

  /** Sends a batch, and again what of it was not taken. @returns what was not taken in the end */
  private async persist(batch: readonly Sent[], signal?: AbortSignal): Promise<Rejected[]> {
    const refused: Rejected[] = [];
    let left = batch;
    for (let attempt = 1; ; attempt++) {
      const rejected = await this.offer(left, signal);
      refused.push(...rejected.filter(({ final }) => final));
      const again = rejected.filter(({ final }) => !final);
      if (again.length === 0 || attempt === TRIES) return [...refused, ...again];
      left = again.map(({ message }) => message);
      await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random()), undefined, { signal });
    }
  }

  private async offer(batch: readonly Sent[], signal?: AbortSignal): Promise<Rejected[]> {
    const Entries = batch.map((message, i) => ({ Id: String(i), MessageBody: formatMessage(message) }));
    const command = new SendMessageBatchCommand({ QueueUrl: this.queueUrl, Entries });
    const { Failed = [] } = await this.client.send(command, signal && { abortSignal: signal });
    return Failed.flatMap(({ Id, Code, Message, SenderFault }) => {
      const message = batch[Number(Id)];
      const reason = `${Code ?? "unknown"}${Message === undefined ? "" : `: ${Message}`}`;
      return message ? [{ message, reason, final: SenderFault === true }] : [];
    });
  }
}
