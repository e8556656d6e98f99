import { Agent, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse, request as send } from "node:http";
import { pipeline } from "node:stream";
import { text } from "node:stream/consumers";
import { type Operation, type Service, queueName } from "./requests";

/** A request on its way through the gateway. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** The body, where the gateway has read it; the body of an S3 object is streamed */
  readonly body: string | undefined;
}

/** Looks at the status of an emulator's answer before it is passed on; true: it has been dealt with. */
export type Intercept = (status: number) => boolean;

/** Headers that belong to one connection, and those that the next hop writes itself. */
const hopByHop = ["connection", "keep-alive", "transfer-encoding", "expect", "host", "upgrade", "te", "trailer"];

/** What a presigned URL may say about the headers of the answer; fauxqs ignores these parameters. */
const answerHeaders: Record<string, string> = {
  "response-cache-control": "cache-control",
  "response-content-disposition": "content-disposition",
  "response-content-encoding": "content-encoding",
  "response-content-language": "content-language",
  "response-content-type": "content-type",
  "response-expires": "expires",
};

/** Passes requests on to the emulators, and the answers back. */
export class Forwarder {
  private readonly agent = new Agent({ keepAlive: true });

  /**
   * @param endpoints where each service's emulator listens
   * @param queueUrls the emulator's own URL of each queue, by the queue's name
   * @param publicQueueBase what the URLs of queues start with outside: "http://127.0.0.1:1234/000000000000"
   */
  constructor(
    private readonly endpoints: Readonly<Record<Service, string>>,
    private readonly queueUrls: ReadonlyMap<string, string>,
    private readonly publicQueueBase: string,
  ) {}

  /** Ends idle connections. */
  close(): void {
    this.agent.destroy();
  }

  /** Passes one request on. */
  async forward(operation: Operation, exchange: Exchange, intercept: Intercept): Promise<void> {
    if (operation.service === "sqs") await this.forwardToQueues(operation, exchange, intercept);
    else await this.stream(operation.service, exchange, intercept);
  }

  private async stream(service: Service, exchange: Exchange, intercept: Intercept): Promise<void> {
    const { request, response, url, body } = exchange;
    const upstream = this.open(service, exchange, body);
    // A caller who goes away must not leave half an object behind: the emulator's request is broken off as well.
    response.once("close", () => {
      if (!response.writableFinished) upstream.destroy();
    });
    if (body === undefined) pipeline(request, upstream, () => undefined);
    const answer = await answerOf(upstream);
    if (intercept(answer.statusCode ?? 500)) {
      answer.resume();
      return;
    }
    const headers: OutgoingHttpHeaders = withoutHopByHop(answer.headers);
    for (const [parameter, header] of Object.entries(answerHeaders)) {
      const value = url.searchParams.get(parameter);
      if (value !== null) headers[header] = value;
    }
    response.writeHead(answer.statusCode ?? 500, headers);
    pipeline(answer, response, () => undefined);
  }

  private async forwardToQueues(operation: Operation, exchange: Exchange, intercept: Intercept): Promise<void> {
    const { response } = exchange;
    const answer = await answerOf(this.open("sqs", exchange, this.withInnerQueueUrl(exchange.body ?? "{}")));
    const status = answer.statusCode ?? 500;
    const body = await text(answer);
    // The caller may have died while it was waiting. SQS does not hand a message to a closed connection, fauxqs does.
    if (operation.name === "ReceiveMessage" && response.destroyed) {
      await this.giveBack(exchange, body);
      return;
    }
    if (intercept(status)) return;
    response.writeHead(status, withoutHopByHop({ ...answer.headers, "content-length": undefined }));
    response.end(this.withPublicQueueUrls(operation, body));
  }

  private async giveBack(exchange: Exchange, body: string): Promise<void> {
    const { QueueUrl } = JSON.parse(exchange.body ?? "{}") as { QueueUrl: string };
    const { Messages = [] } = JSON.parse(body) as { Messages?: { ReceiptHandle: string }[] };
    for (const { ReceiptHandle } of Messages) {
      const change = this.withInnerQueueUrl(JSON.stringify({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
      const upstream = this.open("sqs", exchange, change, { "x-amz-target": "AmazonSQS.ChangeMessageVisibility" });
      (await answerOf(upstream)).resume();
    }
  }

  private withInnerQueueUrl(body: string): string {
    const json = JSON.parse(body) as { QueueUrl?: string };
    if (json.QueueUrl === undefined) return body;
    return JSON.stringify({ ...json, QueueUrl: this.queueUrls.get(queueName(json.QueueUrl)) ?? json.QueueUrl });
  }

  private withPublicQueueUrls(operation: Operation, body: string): string {
    const outer = (url: string): string => `${this.publicQueueBase}/${queueName(url)}`;
    const json = JSON.parse(body) as { QueueUrl?: string; QueueUrls?: string[] };
    if (operation.name === "ListQueues") return JSON.stringify({ ...json, QueueUrls: json.QueueUrls?.map(outer) });
    return json.QueueUrl === undefined ? body : JSON.stringify({ ...json, QueueUrl: outer(json.QueueUrl) });
  }

  private open(
    service: Service,
    { request }: Exchange,
    body: string | undefined,
    headers: OutgoingHttpHeaders = {},
  ): ReturnType<typeof send> {
    const upstream = send(new URL(request.url ?? "/", this.endpoints[service]), {
      method: request.method,
      agent: this.agent,
      headers: {
        ...withoutHopByHop(request.headers),
        ...(body !== undefined && { "content-length": Buffer.byteLength(body) }),
        ...headers,
      },
    });
    if (body !== undefined) upstream.end(body);
    return upstream;
  }
}

function answerOf(upstream: ReturnType<typeof send>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    upstream.once("response", resolve);
    upstream.once("error", reject);
  });
}

function withoutHopByHop(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name, value]) => value !== undefined && !hopByHop.includes(name)),
  );
}
