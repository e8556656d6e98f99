import { request as httpRequest, type Agent, type ClientRequest, type IncomingMessage } from "node:http";
import { fileURLToPath } from "node:url";
import { expect } from "@jest/globals";
import { pino } from "pino";
import { ProcessTable } from "../../app-src/imagery/shared/process-table";
import { ImageryServer } from "../../app-src/imagery/server/server";
import { ImageStorage } from "../../app-src/imagery/server/storage";
import { WorkQueue } from "../../app-src/imagery/server/work-queue";
import type { AwsEmulators } from "./aws";

/** Where `npm run build` puts the imagery application. */
export const IMAGERY_BUILD = fileURLToPath(new URL("../../dist/imagery", import.meta.url));

export interface RunningServer {
  readonly url: string;
  readonly server: ImageryServer;
  readonly processes: ProcessTable;
  readonly storage: ImageStorage;
  readonly queue: WorkQueue;
  /** What was logged, oldest first */
  readonly logs: Record<string, unknown>[];
}

/** Starts the imagery server in this process on a port of its own. */
export async function startImageryServer(
  aws: AwsEmulators,
  parts: Partial<Pick<RunningServer, "processes" | "queue">> = {},
): Promise<RunningServer> {
  const logs: RunningServer["logs"] = [];
  const logger = pino({}, { write: (line: string) => void logs.push(JSON.parse(line) as Record<string, unknown>) });
  const storage = new ImageStorage(aws.s3, aws.bucket);
  const { processes = new ProcessTable(aws.dynamodb, aws.tableName), queue = new WorkQueue(aws.sqs, aws.queueUrl) } =
    parts;
  const server = new ImageryServer({
    processes,
    storage,
    queue,
    logger,
    publicDirectory: `${IMAGERY_BUILD}/public`,
    imageOrigin: await storage.origin(),
  });
  const port = await server.listen(0, "127.0.0.1");
  return { url: `http://127.0.0.1:${port}`, server, processes, storage, queue, logs };
}

/** A form with one file in the field "file". */
export function formWith(content: Uint8Array, name = "photo.jpg", field = "file"): FormData {
  const form = new FormData();
  form.append(field, new Blob([Uint8Array.from(content)]), name);
  return form;
}

/** Creates a process and says where its upload goes. */
export async function createProcess(url: string): Promise<{ id: string; upload: string }> {
  const { id } = (await (await fetch(`${url}/image`, { method: "POST" })).json()) as { id: string };
  return { id, upload: `${url}/image/${id}/upload` };
}

const BOUNDARY = "a-boundary";
export const MULTIPART = `multipart/form-data; boundary=${BOUNDARY}`;

/** The bytes before and after a file's content in a form, for requests that are written piece by piece. */
export const FORM_START = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\nContent-Type: image/png\r\n\r\n`;
export const FORM_END = `\r\n--${BOUNDARY}--\r\n`;

/** Begins an upload whose body is then written by the caller. */
export function beginUpload(
  url: string,
  agent?: Agent,
): { request: ClientRequest; response: Promise<IncomingMessage> } {
  const request = httpRequest(url, {
    agent,
    method: "POST",
    headers: { "Content-Type": MULTIPART, Accept: "application/json" },
  });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    request.once("response", resolve);
    request.once("error", reject);
  });
  return { request, response };
}

/** Expects an RFC 9457 problem. */
export async function expectProblem(response: Response, status: number, detail: RegExp): Promise<void> {
  expect(await response.json()).toEqual({
    type: "about:blank",
    title: response.statusText,
    status,
    detail: expect.stringMatching(detail),
    instance: new URL(response.url).pathname,
  });
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json/);
}
