import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { formatMessage } from "../shared/message";

/** The queue in front of the workers. */
export class WorkQueue {
  constructor(
    private readonly client: SQSClient,
    private readonly url: string,
  ) {}

  /** Asks the workers to process an image. Asking twice does no harm. */
  async send(imageId: string): Promise<void> {
    await this.client.send(new SendMessageCommand({ QueueUrl: this.url, MessageBody: formatMessage(imageId) }));
  }
}
