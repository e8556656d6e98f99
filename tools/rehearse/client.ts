import { randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { buffer } from "node:stream/consumers";

/** After this time without an answer a request has failed; a load balancer of AWS gives up after 60 s. */
const patienceMs = 15_000;

/** An answer, whatever its status. */
export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** What is sent. */
export interface Content {
  readonly type: string;
  readonly body: Buffer;
}

/** A client that keeps its connections, as browsers do, and never asks twice. */
export class Client {
  private readonly agent = new Agent({ keepAlive: true });

  constructor(private readonly url: string) {}

  /** @throws Error when the answer does not come, or not whole, or not in time */
  async ask(method: string, path: string, content?: Content): Promise<Answer> {
    const signal = AbortSignal.timeout(patienceMs);
    return new Promise((resolve, reject) => {
      const sending = request(
        new URL(path, this.url),
        {
          method,
          agent: this.agent,
          signal,
          headers: {
            accept: "application/json",
            ...(content && { "content-type": content.type, "content-length": content.body.length }),
          },
        },
        (response) => {
          buffer(response).then((body) => {
            resolve({ status: response.statusCode ?? 0, body });
          }, reject);
        },
      );
      sending.once("error", (error) => {
        reject(signal.aborted ? new Error(`no answer within ${patienceMs / 1000} s`) : error);
      });
      sending.end(content?.body);
    });
  }

  /** Closes what is kept. */
  close(): void {
    this.agent.destroy();
  }
}

/** A form with one file, as a browser sends it. */
export function formWith(file: Buffer, name: string): Content {
  const boundary = `----rehearsal${randomBytes(12).toString("hex")}`;
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: image/jpeg\r\n\r\n`;
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([Buffer.from(head), file, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  };
}
