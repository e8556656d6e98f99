import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { pino } from "pino";
import { createApp } from "../../../../app-src/imagery/server/app";
import { processedKeyOf, uploadKey } from "../../../../app-src/imagery/shared/process";
import { ProcessTable } from "../../../../app-src/imagery/shared/process-table";
import { REGION, startAwsEmulators, type AwsEmulators } from "../../../support/aws";
import { createProcess, expectProblem, startImageryServer, type RunningServer } from "../../../support/imagery-server";

const UNKNOWN = "00000000-0000-4000-8000-000000000000";
const TIME = Date.UTC(2026, 10, 23);

let aws: AwsEmulators;
let imagery: RunningServer;

beforeAll(async () => {
  aws = await startAwsEmulators();
  imagery = await startImageryServer(aws);
});
afterAll(async () => {
  await imagery.server.close();
  await aws.stop();
});

const call = (path: string, init?: RequestInit): Promise<Response> => fetch(`${imagery.url}${path}`, init);

describe("POST /image", () => {
  it("creates a process and says where it is", async () => {
    const response = await call("/image", { method: "POST" });
    const created = (await response.json()) as { id: string };
    expect(response.status).toBe(201);
    expect(response.headers.get("location")).toBe(`/image/${created.id}`);
    expect(created).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), version: 0, state: "created" });
    expect(await imagery.processes.get(created.id)).toMatchObject(created);
  });
});

describe("GET /image/:id", () => {
  it("when the process is created, shows no more than that", async () => {
    const { id } = await createProcess(imagery.url);
    const response = await call(`/image/${id}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toEqual({
      id,
      version: 0,
      state: "created",
      createdAt: expect.any(String),
    });
  });

  it("when the file is uploaded, shows its key and time, and nothing of the outbox", async () => {
    const { id } = await createProcess(imagery.url);
    await imagery.processes.markUploaded(id, TIME);
    const shown = await (await call(`/image/${id}`)).json();
    expect(shown).toMatchObject({
      state: "uploaded",
      rawKey: uploadKey(id, TIME),
      uploadedAt: "2026-11-23T00:00:00.000Z",
    });
    expect(shown).not.toHaveProperty("unqueued");
    expect(shown).not.toHaveProperty("processedUrl");
  });

  it("when the image is processed, gives a URL that anyone can load it from for five minutes", async () => {
    const { id } = await createProcess(imagery.url);
    const rawKey = uploadKey(id, TIME);
    const Key = processedKeyOf(rawKey);
    await aws.s3.send(new PutObjectCommand({ Bucket: aws.bucket, Key, Body: "a picture", ContentType: "image/png" }));
    await imagery.processes.markUploaded(id, TIME);
    await imagery.processes.markProcessed(id, rawKey);

    const shown = (await (await call(`/image/${id}`)).json()) as { processedUrl: string };
    expect(shown).toMatchObject({ state: "processed", processedKey: Key });
    expect(new URL(shown.processedUrl).searchParams.get("X-Amz-Expires")).toBe("300");
    expect(await (await fetch(shown.processedUrl)).text()).toBe("a picture");
  });

  it("when the image failed, says why", async () => {
    const { id } = await createProcess(imagery.url);
    await imagery.processes.markUploaded(id, TIME);
    await imagery.processes.markFailed(id, uploadKey(id, TIME), "the file is cut off");
    expect(await (await call(`/image/${id}`)).json()).toMatchObject({ state: "failed", reason: "the file is cut off" });
  });

  it("when nothing has the id, is 404", async () => {
    await expectProblem(await call(`/image/${UNKNOWN}`), 404, new RegExp(UNKNOWN));
  });

  it.each(["1", "not-a-uuid", `${UNKNOWN}0`, "..%2f..%2fetc", "%00"])("when the id is %s, is 400", async (id) => {
    await expectProblem(await call(`/image/${id}`), 400, /not an image id/);
  });

  it("when the path does not decode, is 400", async () => {
    await expectProblem(await call("/image/%E0%A4%A"), 400, /decode/);
  });

  it("answers HEAD without a body", async () => {
    const { id } = await createProcess(imagery.url);
    const response = await call(`/image/${id}`, { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
  });
});

describe("a method that a resource does not have", () => {
  it.each([
    ["GET", "/image", "POST"],
    ["DELETE", `/image/${UNKNOWN}`, "GET, HEAD"],
    ["PUT", `/image/${UNKNOWN}/upload`, "POST"],
    ["OPTIONS", "/image", "POST"],
  ])("when it is %s %s, is 405 and says what is possible", async (method, path, allow) => {
    const response = await call(path, { method });
    expect(response.headers.get("allow")).toBe(allow);
    await expectProblem(response, 405, new RegExp(method));
  });
});

it("when a path leads nowhere, is 404", async () => {
  await expectProblem(await call("/images"), 404, /nothing at \/images/);
  await expectProblem(await call("/", { method: "POST" }), 404, /nothing at \//);
});

describe("GET /health", () => {
  it("when the server works, is 200, and is not logged", async () => {
    const before = imagery.logs.length;
    const response = await call("/health");
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "ok" });
    expect(imagery.logs).toHaveLength(before);
  });
});

describe("GET /health while the server shuts down", () => {
  it("is 503, so that no load balancer sends it more", async () => {
    const { processes, storage, queue } = imagery;
    const logger = pino({ enabled: false });
    const app = createApp({
      processes,
      storage,
      queue,
      logger,
      publicDirectory: "/",
      imageOrigin: "",
      healthy: () => false,
    });
    const server = createServer(app).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await expectProblem(await fetch(`http://127.0.0.1:${port}/health`), 503, /shutting down/);
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
});

describe("the web page", () => {
  it("allows nothing inline, nothing from elsewhere but the bucket's images, and no frame around it", async () => {
    const response = await call("/");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^text\/html/);
    const policy = response.headers.get("content-security-policy");
    expect(policy?.split(";").sort()).toEqual([
      "base-uri 'none'",
      "connect-src 'self'",
      "default-src 'self'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      `img-src 'self' blob: data: ${aws.endpoints.s3}`,
      "object-src 'none'",
    ]);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.has("strict-transport-security")).toBe(false);
    expect(response.headers.has("x-powered-by")).toBe(false);
    expect(await response.text()).not.toMatch(/<style|style=|<script>|onclick=|https?:\/\//);
  });

  it("when the browser has it already, is not sent again", async () => {
    const first = await call("/app.js");
    expect(first.headers.get("cache-control")).toBe("no-cache");
    // Not by fetch, which asks every cache on the way to be passed by when it is given such a header.
    const headers = { "If-None-Match": first.headers.get("etag") ?? "" };
    const [again] = (await once(get(`${imagery.url}/app.js`, { headers }), "response")) as [IncomingMessage];
    again.resume();
    expect(again.statusCode).toBe(304);
  });
});

it("each request is one line in the log, with the route and not the path", async () => {
  const { id } = await createProcess(imagery.url);
  imagery.logs.length = 0;
  await (await call(`/image/${id}?x=1`)).text();
  await new Promise((resolve) => setImmediate(resolve));
  expect(imagery.logs).toEqual([
    expect.objectContaining({ method: "GET", route: "/image/:id", status: 200, ms: expect.any(Number) }),
  ]);
});

describe("when the table", () => {
  /** A server whose table answers everything in one way. */
  async function withTable(
    answer: { status: number; type: string },
    run: (url: string) => Promise<void>,
  ): Promise<void> {
    const faulty = createServer((_request, response) => {
      response
        .writeHead(answer.status, { "Content-Type": "application/x-amz-json-1.0" })
        .end(JSON.stringify({ __type: answer.type, message: "secret detail" }));
    });
    await new Promise<void>((resolve) => faulty.listen(0, "127.0.0.1", resolve));
    const client = new DynamoDBClient({
      region: REGION,
      endpoint: `http://127.0.0.1:${(faulty.address() as AddressInfo).port}`,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts: 1,
    });
    const other = await startImageryServer(aws, {
      processes: new ProcessTable(DynamoDBDocumentClient.from(client), "processes"),
    });
    try {
      await run(other.url);
    } finally {
      await other.server.close();
      client.destroy();
      faulty.closeAllConnections();
      faulty.close();
    }
  }
  const namespace = "com.amazonaws.dynamodb.v20120810#";

  it.each([
    { happening: "throttles", answer: { status: 400, type: `${namespace}ProvisionedThroughputExceededException` } },
    { happening: "is out of order", answer: { status: 500, type: `${namespace}InternalServerError` } },
  ])("$happening, is 503 with a time to come again", async ({ answer }) => {
    await withTable(answer, async (url) => {
      const response = await fetch(`${url}/image/${UNKNOWN}`);
      await expectProblem(response, 503, /busy/);
      expect(response.headers.get("retry-after")).toBe("1");
    });
  });

  it("refuses the server, is 500 and tells nothing of it", async () => {
    await withTable({ status: 400, type: `${namespace}AccessDeniedException` }, async (url) => {
      const response = await fetch(`${url}/image/${UNKNOWN}`);
      expect(await response.clone().text()).not.toMatch(/secret|denied/i);
      await expectProblem(response, 500, /unexpected/);
    });
  });
});
