import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { buildApplications } from "../../../tools/build/applications";
import type { LocalStackOptions } from "../../../tools/local/options";
import { LocalStack } from "../../../tools/local/stack";
import { synthesizeStack } from "../../../tools/local/terraform/synthesize";
import type { SynthesizedStack } from "../../../tools/local/terraform/synthesized";
import { projectFolders } from "../../../tools/local/plan";

/** An image as the API shows it. */
export interface Image {
  readonly id: string;
  readonly version: number;
  readonly state: "created" | "uploaded" | "processed" | "failed";
  readonly rawKey?: string;
  readonly processedKey?: string;
  readonly processedUrl?: string;
  readonly reason?: string;
}

/** Shorter than in production, so that what recovers by itself does so within a test. */
const impatient = {
  server: { SWEEP_INTERVAL_SECONDS: "1", SWEEP_AFTER_SECONDS: "1" },
  worker: { VISIBILITY_TIMEOUT_SECONDS: "10" },
};

export function imageryStack(): SynthesizedStack {
  const stack = synthesizeStack("imagery");
  if (stack === undefined) throw new Error("there is no stack imagery");
  return stack;
}

/** The imagery stack on this machine, with the calls that a user or an operator makes. */
export class Imagery {
  /** Everything that was logged so far */
  readonly lines: string[];
  readonly queueUrl: string;
  private readonly sqsClient: SQSClient;

  private constructor(
    readonly local: LocalStack,
    lines: string[],
  ) {
    this.lines = lines;
    this.queueUrl = local.output("queue") as string;
    this.sqsClient = new SQSClient(local.clientConfig);
  }

  /** Builds what is not built, and starts the stack. */
  static async start(options: Partial<LocalStackOptions> = {}): Promise<Imagery> {
    if (!existsSync(join(projectFolders.dist, "imagery"))) await buildApplications();
    const lines: string[] = [];
    const log = (line: string): void => {
      lines.push(line);
      if (process.env.E2E_LOG !== undefined) process.stderr.write(`${line}\n`);
    };
    const local = await LocalStack.start({ stack: imageryStack(), environment: impatient, log, ...options });
    const imagery = new Imagery(local, lines);
    try {
      await imagery.until("the server answers", async () => (await fetch(`${imagery.url}/health`)).ok);
    } catch (error) {
      await imagery.stop();
      throw error;
    }
    return imagery;
  }

  async stop(): Promise<void> {
    this.sqsClient.destroy();
    await this.local.stop();
  }

  get url(): string {
    if (this.local.url === undefined) throw new Error("imagery has no load balancer");
    return this.local.url;
  }

  /** A client with the operator's rights */
  get sqs(): SQSClient {
    return this.sqsClient;
  }

  get deadLetterQueueUrl(): string {
    return `${this.queueUrl}-dead-letter`;
  }

  async create(): Promise<Image> {
    const response = await fetch(`${this.url}/image`, { method: "POST" });
    if (!response.ok) throw new Error(`POST /image: ${response.status} ${await response.text()}`);
    return (await response.json()) as Image;
  }

  /** Uploads a file; the answer may be a refusal. */
  async upload(id: string, content: Uint8Array, name = "photo.jpg"): Promise<Response> {
    return fetch(`${this.url}/image/${id}/upload`, {
      method: "POST",
      body: formWith(content, name),
      headers: { accept: "application/json" },
    });
  }

  /** Uploads a file without saying beforehand how large it is. */
  async uploadOfUnknownSize(id: string, content: Uint8Array): Promise<Response> {
    const form = new Response(formWith(content, "photo.jpg"));
    return fetch(`${this.url}/image/${id}/upload`, {
      method: "POST",
      body: form.body,
      duplex: "half",
      headers: { accept: "application/json", "content-type": form.headers.get("content-type") ?? "" },
    });
  }

  /** Creates an image and uploads its file, which must be accepted. */
  async submit(content: Uint8Array, name?: string): Promise<string> {
    const { id } = await this.create();
    const response = await this.upload(id, content, name);
    if (response.status !== 202) throw new Error(`upload: ${response.status} ${await response.text()}`);
    return id;
  }

  async get(id: string): Promise<Image> {
    const response = await fetch(`${this.url}/image/${id}`);
    if (!response.ok) throw new Error(`GET /image/${id}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Image;
  }

  /** Waits until an image is in a state; fails at once when it has come to another end. */
  async reaches(id: string, state: Image["state"], seconds = 60): Promise<Image> {
    let image = await this.get(id);
    await this.until(
      `image ${id} is ${state}`,
      async () => {
        image = await this.get(id);
        if (image.state !== state && ["processed", "failed"].includes(image.state)) {
          throw new Error(`image ${id} is ${image.state} (${image.reason ?? "no reason"}), not ${state}`);
        }
        return image.state === state;
      },
      seconds,
    );
    return image;
  }

  /** The processed image, fetched as a browser would. */
  async result(image: Image): Promise<Buffer> {
    const response = await fetch(image.processedUrl ?? "");
    if (!response.ok) throw new Error(`GET ${image.processedUrl ?? "nothing"}: ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  }

  /** How many messages a queue holds, hidden ones included. */
  async messagesIn(url: string): Promise<number> {
    const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
    const request = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] });
    const { Attributes = {} } = await this.sqs.send(request);
    return names.reduce((sum, name) => sum + Number(Attributes[name]), 0);
  }

  /** Waits until a queue holds so many messages. */
  async queueHolds(url: string, count: number, seconds = 60): Promise<void> {
    await this.until(`${url} holds ${count}`, async () => (await this.messagesIn(url)) === count, seconds);
  }

  /** Waits for a condition; the error after so many seconds shows the last lines of the log. */
  async until(what: string, condition: () => boolean | Promise<boolean>, seconds = 60): Promise<void> {
    const end = Date.now() + seconds * 1000;
    while (!(await condition())) {
      if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}\n${this.lines.slice(-30).join("\n")}`);
      await sleep(50);
    }
  }
}

function formWith(content: Uint8Array, name: string): FormData {
  const form = new FormData();
  form.set("file", new Blob([content]), name);
  return form;
}
