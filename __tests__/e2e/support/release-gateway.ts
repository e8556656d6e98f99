import { once } from "node:events";
import { createServer, request, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Ministack } from "./ministack";

/** AWS's public parameter for Amazon Linux, which nobody else can write. */
const AMAZON_LINUX = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * An emulator of AWS, and in front of it what AWS does and ministack does not: images say when they were made, and the public
 * parameter changes when there is a new Amazon Linux.
 */
export class ReleaseGateway {
  /** The newest image of Amazon Linux. Default: the emulator's */
  amazonLinux: string | undefined;
  /** Images and snapshots: when they were made */
  readonly #made = new Map<string, Date>();

  private constructor(
    private readonly ministack: Ministack,
    private readonly server: Server,
  ) {}

  static async start(): Promise<ReleaseGateway> {
    const server = createServer();
    const gateway = new ReleaseGateway(await Ministack.start(), server);
    server.on("request", (incoming, outgoing) => {
      void gateway.answer(incoming).then(
        ({ status, headers, body }) => {
          outgoing.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) }).end(body);
        },
        (error: unknown) => outgoing.writeHead(502).end(String(error)),
      );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return gateway;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await this.ministack.stop();
  }

  /** For `AWS_ENDPOINT_URL` */
  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Makes an image or a snapshot older than it is. */
  age(id: string, days: number): void {
    this.#made.set(id, new Date(Date.now() - days * 24 * 60 * 60 * 1000));
  }

  private async answer(incoming: IncomingMessage): Promise<Answer> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const text = body.toString("utf8");
    if (this.amazonLinux !== undefined && asksFor(AMAZON_LINUX, incoming, text)) {
      const Parameter = { Name: AMAZON_LINUX, Type: "String", Value: this.amazonLinux, Version: 2 };
      return { status: 200, headers: {}, body: JSON.stringify({ Parameter }) };
    }
    const answer = await forward(this.ministack.port, incoming, body);
    switch (new URLSearchParams(text).get("Action")) {
      case "RegisterImage": {
        const id = /<imageId>(ami-\w+)<\/imageId>/.exec(answer.body)?.[1];
        if (id !== undefined) this.#made.set(id, new Date());
        return answer;
      }
      case "DescribeImages":
        return { ...answer, body: this.withCreationDates(answer.body) };
      case "DescribeSnapshots":
        return { ...answer, body: this.withStartTimes(answer.body) };
      default:
        return answer;
    }
  }

  private withCreationDates(xml: string): string {
    return xml.replace(/<imageId>(ami-\w+)<\/imageId>/g, (element, id: string) => {
      const made = this.#made.get(id);
      return made ? `${element}<creationDate>${made.toISOString()}</creationDate>` : element;
    });
  }

  private withStartTimes(xml: string): string {
    const time = /(<snapshotId>(snap-\w+)<\/snapshotId>(?:(?!<\/item>)[^])*?<startTime>)[^<]*/g;
    return xml.replace(time, (element, before: string, id: string) => {
      const made = this.#made.get(id);
      return made ? `${before}${made.toISOString()}` : element;
    });
  }
}

function asksFor(parameter: string, { headers }: IncomingMessage, body: string): boolean {
  if (headers["x-amz-target"] !== "AmazonSSM.GetParameter") return false;
  return (JSON.parse(body) as { Name?: string }).Name === parameter;
}

async function forward(port: number, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
  const outgoing = request({ host: "127.0.0.1", port, method, path: url, headers }).end(body);
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk as string;
  const kept = ["content-type", "x-amzn-errortype", "x-amzn-requestid"].flatMap((name): [string, string][] => {
    const value = response.headers[name];
    return typeof value === "string" ? [[name, value]] : [];
  });
  return { status: response.statusCode ?? 502, headers: Object.fromEntries(kept), body: text };
}
