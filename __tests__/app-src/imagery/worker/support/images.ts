import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, SendMessageCommand, type QueueAttributeName } from "@aws-sdk/client-sqs";
import { formatMessage } from "../../../../../app-src/imagery/shared/message";
import { uploadKey, type Process, type State } from "../../../../../app-src/imagery/shared/process";
import { ProcessTable } from "../../../../../app-src/imagery/shared/process-table";
import type { AwsEmulators } from "../../../../support/aws";
import { eventually } from "../../../../support/eventually";

/** Does what the server would, and looks at what became of it. */
export class Images {
  readonly table: ProcessTable;

  constructor(private readonly aws: AwsEmulators) {
    this.table = new ProcessTable(aws.dynamodb, aws.tableName);
  }

  /** Stores a file for a new image, marks it uploaded and queues its message. */
  async submit(file: Buffer): Promise<string> {
    const { id } = await this.table.create();
    await this.upload(id, file);
    await this.send(formatMessage(id));
    return id;
  }

  /** Stores a file for an image and marks it uploaded. */
  async upload(id: string, file: Buffer, time = Date.now()): Promise<void> {
    const { s3, bucket } = this.aws;
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: uploadKey(id, time), Body: file }));
    await this.table.markUploaded(id, time);
  }

  async send(body: string): Promise<void> {
    await this.aws.sqs.send(new SendMessageCommand({ QueueUrl: this.aws.queueUrl, MessageBody: body }));
  }

  async until(id: string, state: State): Promise<Process> {
    return eventually(
      `image ${id} ${state}`,
      async () => {
        const process = await this.table.get(id);
        return process?.state === state ? process : undefined;
      },
      30,
    );
  }

  async result(id: string): Promise<Buffer> {
    const { processedKey } = (await this.table.get(id)) ?? {};
    const { Body } = await this.aws.s3.send(new GetObjectCommand({ Bucket: this.aws.bucket, Key: processedKey }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
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
