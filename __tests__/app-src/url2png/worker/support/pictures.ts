import { randomUUID } from "node:crypto";
import { GetObjectCommand, NoSuchKey } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, SendMessageCommand, type QueueAttributeName } from "@aws-sdk/client-sqs";
import { formatMessage } from "../../../../../app-src/url2png/shared/message";
import { failureKey, parseFailure, pictureKey, type Failure } from "../../../../../app-src/url2png/shared/result";
import type { AwsEmulators } from "../../../../support/aws";
import { eventually } from "../../../../support/eventually";

/** An object of the bucket. */
export interface Stored {
  readonly body: Buffer;
  readonly type: string | undefined;
}

/** Sends what the producer would, and looks at what became of it. */
export class Pictures {
  constructor(private readonly aws: AwsEmulators) {}

  /** Asks for a page. @returns its id */
  async request(url: string, id: string = randomUUID()): Promise<string> {
    await this.send(formatMessage({ id, url }));
    return id;
  }

  async send(body: string): Promise<void> {
    await this.aws.sqs.send(new SendMessageCommand({ QueueUrl: this.aws.queueUrl, MessageBody: body }));
  }

  async stored(key: string): Promise<Stored | undefined> {
    try {
      const { Body, ContentType } = await this.aws.s3.send(new GetObjectCommand({ Bucket: this.aws.bucket, Key: key }));
      return { body: Buffer.from((await Body?.transformToByteArray()) ?? []), type: ContentType };
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }

  picture(id: string): Promise<Stored | undefined> {
    return this.stored(pictureKey(id));
  }

  async failure(id: string): Promise<Failure | undefined> {
    const stored = await this.stored(failureKey(id));
    return stored && parseFailure(stored.body.toString());
  }

  untilPicture(id: string): Promise<Stored> {
    return eventually(`the picture ${id}`, () => this.picture(id), 30);
  }

  untilFailure(id: string): Promise<Failure> {
    return eventually(`the failure ${id}`, () => this.failure(id), 30);
  }

  /** Messages in the queue: to be received, and in somebody's hand. */
  async queued(queueUrl = this.aws.queueUrl): Promise<{ visible: number; inHand: number }> {
    const names: QueueAttributeName[] = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
    const { Attributes } = await this.aws.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: names }),
    );
    const [visible = 0, inHand = 0] = names.map((name) => Number(Attributes?.[name]));
    return { visible, inHand };
  }

  async untilQueueEmpty(): Promise<void> {
    await eventually(
      "an empty queue",
      async () => {
        const { visible, inHand } = await this.queued();
        return visible + inHand === 0;
      },
      30,
    );
  }
}
