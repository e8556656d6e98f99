import { randomUUID } from "node:crypto";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { pictureKey } from "../shared/result";
import { checkUrl } from "./page-url";
import { Results, type Result, type WaitOptions } from "./results";
import { Sender, type Sent } from "./sender";

export type { Sent };

export interface Url2PngOptions {
  /** URL of the queue: the stack's output `queue_url`. */
  readonly queueUrl: string;
  /** Name of the bucket: the stack's output `bucket`. */
  readonly bucket: string;
  /** Default: a client in the queue's region, with the credentials and the endpoint that the AWS SDK finds by itself. */
  readonly sqs?: SQSClient;
  /** Default: as for `sqs`. */
  readonly s3?: S3Client;
}

/** Sends URLs of pages to the queue and waits for their pictures. */
export class Url2Png {
  private readonly sqs: SQSClient;
  private readonly s3: S3Client;
  private readonly sender: Sender;
  private readonly results: Results;

  constructor(private readonly options: Url2PngOptions) {
    const region = regionOf(options.queueUrl);
    this.sqs = options.sqs ?? new SQSClient({ ...region });
    this.s3 = options.s3 ?? new S3Client({ ...region });
    this.sender = new Sender(this.sqs, options.queueUrl);
    this.results = new Results(this.s3, options.bucket);
  }

  /**
   * Asks for one page.
   * @throws InvalidUrlError before anything is sent; NotSentError or the AWS SDK's error
   */
  async send(url: string, signal?: AbortSignal): Promise<Sent> {
    checkUrl(url);
    const message = this.messageFor(url);
    await this.sender.send([message], signal);
    return message;
  }

  /**
   * Asks for many pages, with a request for ten of them.
   * @returns one for each URL, in their order
   * @throws InvalidUrlError before anything is sent; NotSentError when some are in the queue and some are not; the AWS SDK's error
   */
  async sendMany(urls: readonly string[], signal?: AbortSignal): Promise<Sent[]> {
    for (const url of urls) checkUrl(url);
    const messages = urls.map((url) => this.messageFor(url));
    await this.sender.send(messages, signal);
    return messages;
  }

  /**
   * Waits until a page is photographed, or is known to be one that cannot be.
   * @throws TimedOutError; what S3 says, when it is not that there is nothing yet
   */
  async wait(id: string, options: WaitOptions = {}): Promise<Result> {
    return this.results.wait(id, options);
  }

  /** Lets go of the connections, those of given clients included. */
  close(): void {
    this.sqs.destroy();
    this.s3.destroy();
  }

  private messageFor(url: string): Sent {
    const id = randomUUID();
    const key = pictureKey(id);
    return { id, url, key, location: `s3://${this.options.bucket}/${key}` };
  }
}

/**
 * The region that a queue's URL names, where the bucket of the stack is as well.
 * @returns nothing when it names none, as on this machine: the AWS SDK then finds one by itself
 */
export function regionOf(queueUrl: string): { readonly region?: string } {
  const region = /^https:\/\/sqs\.([a-z0-9-]+)\.amazonaws\.com/.exec(queueUrl)?.[1];
  return region === undefined ? {} : { region };
}
