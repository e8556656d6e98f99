import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Agent } from "node:http";
import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { PurgeQueueCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import sharp from "sharp";
import { MAX_UPLOAD_BYTES } from "../../../../app-src/imagery/shared/image-file";
import { uploadKey } from "../../../../app-src/imagery/shared/process";
import { startAwsEmulators, type AwsEmulators } from "../../../support/aws";
import { eventually } from "../../../support/eventually";
import { bmp, pngHeader } from "../../../support/images";
import {
  FORM_END,
  FORM_START,
  MULTIPART,
  beginUpload,
  createProcess,
  expectProblem,
  formWith,
  startImageryServer,
  type RunningServer,
} from "../../../support/imagery-server";

const TIME = Date.UTC(2026, 10, 23);
const JSON_CLIENT = { Accept: "application/json" };

let aws: AwsEmulators;
let imagery: RunningServer;
let photo: Buffer;

beforeAll(async () => {
  aws = await startAwsEmulators();
  imagery = await startImageryServer(aws);
  photo = await sharp({ create: { width: 64, height: 48, channels: 3, background: "#c60" } })
    .jpeg()
    .toBuffer();
});
afterEach(() => aws.sqs.send(new PurgeQueueCommand({ QueueUrl: aws.queueUrl })));
afterAll(async () => {
  await imagery.server.close();
  await aws.stop();
});

const post = (url: string, body: FormData | string, headers: Record<string, string> = JSON_CLIENT): Promise<Response> =>
  fetch(url, { method: "POST", body, headers, redirect: "manual" });

async function objectsOf(id: string): Promise<string[]> {
  const { Contents = [] } = await aws.s3.send(new ListObjectsV2Command({ Bucket: aws.bucket, Prefix: `upload/${id}` }));
  return Contents.flatMap(({ Key }) => Key ?? []);
}

/** Multipart uploads to an id's object: how many were begun, completed and aborted. */
function multipartUploadsOf(id: string): { begun: number; completed: number; aborted: number } {
  const count = (method: string, query: string): number =>
    aws.requests.filter(
      (r) =>
        r.method === method &&
        r.url.includes(id) &&
        new URL(r.url, "http://s3").searchParams.has(query) &&
        r.status < 300,
    ).length;
  return {
    begun: count("POST", "uploads"),
    completed: count("POST", "uploadId"),
    aborted: count("DELETE", "uploadId"),
  };
}

async function queuedMessages(): Promise<unknown[]> {
  const { Messages = [] } = await aws.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: aws.queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
  );
  return Messages.map(({ Body }) => JSON.parse(Body ?? "") as unknown);
}

async function expectUntouched(id: string): Promise<void> {
  expect(await objectsOf(id)).toEqual([]);
  expect(await imagery.processes.get(id)).toMatchObject({ state: "created", version: 0 });
}

describe("an upload", () => {
  it("stores the file, marks the process uploaded, queues the work and answers with the process", async () => {
    const { id, upload } = await createProcess(imagery.url);
    const response = await post(upload, formWith(photo));
    expect(response.status).toBe(202);
    expect(response.headers.get("location")).toBe(`/image/${id}`);
    const shown = (await response.json()) as { rawKey: string; uploadedAt: string };
    expect(shown).toMatchObject({
      id,
      version: 1,
      state: "uploaded",
      rawKey: uploadKey(id, Date.parse(shown.uploadedAt)),
    });
    expect(shown).not.toHaveProperty("unqueued");

    const stored = await aws.s3.send(new GetObjectCommand({ Bucket: aws.bucket, Key: shown.rawKey }));
    expect(stored.ContentType).toBe("image/jpeg");
    expect(Buffer.from((await stored.Body?.transformToByteArray()) ?? []).equals(photo)).toBe(true);
    expect(await queuedMessages()).toEqual([{ imageId: id, desiredState: "processed" }]);
    expect(await imagery.processes.get(id)).not.toHaveProperty("unqueued");
  });

  it.each([
    ["a browser's form", "text/html,application/xhtml+xml,*/*;q=0.8", (id: string) => `/?id=${id}`],
    ["a client that takes anything", "*/*", (id: string) => `/image/${id}`],
  ])("when it comes from %s, redirects", async (_name, Accept, location) => {
    const { id, upload } = await createProcess(imagery.url);
    const response = await post(upload, formWith(photo), { Accept });
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe(location(id));
  });

  const drawing = () => sharp({ create: { width: 9, height: 7, channels: 3, background: "#369" } });
  it.each([
    ["image/png", () => drawing().png().toBuffer()],
    ["image/gif", () => drawing().gif().toBuffer()],
    ["image/tiff", () => drawing().tiff().toBuffer()],
    ["image/bmp", () => Promise.resolve(bmp(9, 7))],
  ])("when the content is %s, says so whatever the file is called", async (type, content) => {
    const { upload } = await createProcess(imagery.url);
    const { rawKey } = (await (await post(upload, formWith(await content(), "photo.jpg"))).json()) as {
      rawKey: string;
    };
    expect((await aws.s3.send(new GetObjectCommand({ Bucket: aws.bucket, Key: rawKey }))).ContentType).toBe(type);
  });

  it("when the file has exactly 10 MiB, stores all of it in parts", async () => {
    const content = Buffer.concat([photo, randomBytes(MAX_UPLOAD_BYTES - photo.length)]);
    const { id, upload } = await createProcess(imagery.url);
    const { rawKey } = (await (await post(upload, formWith(content))).json()) as { rawKey: string };
    const stored = await aws.s3.send(new GetObjectCommand({ Bucket: aws.bucket, Key: rawKey }));
    expect(Buffer.from((await stored.Body?.transformToByteArray()) ?? []).equals(content)).toBe(true);
    expect(multipartUploadsOf(id)).toEqual({ begun: 1, completed: 1, aborted: 0 });
  });

  it("when a TIFF tells its dimensions only at its end, is taken: the worker looks again", async () => {
    const tiff = await sharp(randomBytes(700 * 500 * 3), { raw: { width: 700, height: 500, channels: 3 } })
      .tiff({ compression: "none" })
      .toBuffer();
    const directory = tiff.readUInt32LE(4);
    expect(directory).toBeGreaterThan(256 * 1024);
    const { upload } = await createProcess(imagery.url);
    expect((await post(upload, formWith(tiff))).status).toBe(202);
  });

  it("when it arrives byte by byte, is taken all the same", async () => {
    const { upload } = await createProcess(imagery.url);
    const { request, response } = beginUpload(upload);
    for (const byte of Buffer.concat([Buffer.from(FORM_START), photo, Buffer.from(FORM_END)]))
      request.write(Buffer.from([byte]));
    request.end();
    expect((await response).statusCode).toBe(202);
    (await response).resume();
  });

  it("when it is repeated, replaces the first", async () => {
    const { id, upload } = await createProcess(imagery.url);
    await post(upload, formWith(photo));
    const again = (await (await post(upload, formWith(photo))).json()) as { rawKey: string };
    expect(await imagery.processes.get(id)).toMatchObject({ state: "uploaded", version: 2, rawKey: again.rawKey });
  });

  it("when two come at once, both are taken and the process holds one of them", async () => {
    const { id, upload } = await createProcess(imagery.url);
    const responses = await Promise.all([post(upload, formWith(photo)), post(upload, formWith(photo))]);
    expect(responses.map(({ status }) => status)).toEqual([202, 202]);
    const { rawKey } = (await imagery.processes.get(id)) ?? {};
    expect(await objectsOf(id)).toContain(rawKey);
  });

  it("when the image is processed while a second upload is on its way, the second is refused with 409", async () => {
    const { id, upload } = await createProcess(imagery.url);
    const { request, response } = beginUpload(upload);
    request.write(FORM_START);
    request.write(photo);
    await eventually("the request in hand", () => aws.requests.length > 0);
    await imagery.processes.markUploaded(id, TIME);
    await imagery.processes.markProcessed(id, uploadKey(id, TIME));
    request.end(FORM_END);
    expect((await response).statusCode).toBe(409);
    (await response).resume();
    expect(await imagery.processes.get(id)).toMatchObject({ state: "processed", rawKey: uploadKey(id, TIME) });
  });
});

describe("an upload that is refused before its file is read", () => {
  it("when the id is not a UUID, is 400", async () => {
    await expectProblem(await post(`${imagery.url}/image/1/upload`, formWith(photo)), 400, /UUID/);
  });

  it("when nothing has the id, is 404", async () => {
    const upload = `${imagery.url}/image/00000000-0000-4000-8000-000000000000/upload`;
    await expectProblem(await post(upload, formWith(photo)), 404, /00000000/);
  });

  it.each(["processed", "failed"] as const)("when the image is %s, is 409", async (state) => {
    const { id, upload } = await createProcess(imagery.url);
    await imagery.processes.markUploaded(id, TIME);
    if (state === "processed") await imagery.processes.markProcessed(id, uploadKey(id, TIME));
    else await imagery.processes.markFailed(id, uploadKey(id, TIME), "damaged");
    await expectProblem(await post(upload, formWith(photo)), 409, new RegExp(`is ${state}`));
  });

  it("when its answer is ready, the client need not have sent the file", async () => {
    const { request, response } = beginUpload(`${imagery.url}/image/1/upload`);
    request.write(FORM_START);
    expect((await response).statusCode).toBe(400);
    (await response).resume();
    request.destroy();
  });

  it.each([
    ["JSON", "{}", "application/json"],
    ["a bare image", "\xff\xd8\xff", "image/jpeg"],
    ["an encoded form", "file=1", "application/x-www-form-urlencoded"],
  ])("when the body is %s, is 415", async (_name, body, type) => {
    const { id, upload } = await createProcess(imagery.url);
    await expectProblem(
      await post(upload, body, { ...JSON_CLIENT, "Content-Type": type }),
      415,
      /multipart\/form-data/,
    );
    await expectUntouched(id);
  });
});

describe("a form that is not one file", () => {
  const part = (disposition: string, content: string): string =>
    `--a-boundary\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`;
  const jpeg = "\xff\xd8\xff\xe0";

  it.each([
    ["has no boundary in its type", "", "multipart/form-data", /boundary/i],
    ["is empty", "", MULTIPART, /malformed/],
    ["is no form at all", "hello", MULTIPART, /malformed/],
    ["has no part", "--a-boundary--\r\n", MULTIPART, /no file/],
    ["has a text field only", `${part('name="file"', "x")}--a-boundary--\r\n`, MULTIPART, /"file"/],
    [
      "has its file in another field",
      `${part('name="picture"; filename="a"', jpeg)}--a-boundary--\r\n`,
      MULTIPART,
      /"picture"/,
    ],
    ["ends within its file", part('name="file"; filename="a"', jpeg).slice(0, -2), MULTIPART, /malformed/],
  ])("when it %s, is 400", async (_name, body, type, detail) => {
    const { id, upload } = await createProcess(imagery.url);
    await expectProblem(await post(upload, body, { ...JSON_CLIENT, "Content-Type": type }), 400, detail);
    await expectUntouched(id);
  });

  it.each([
    [
      "a second file",
      (form: FormData) => {
        form.append("file", new Blob([Uint8Array.from(photo)]), "b.jpg");
      },
      /more than one/,
    ],
    [
      "a field",
      (form: FormData) => {
        form.append("title", "Holiday");
      },
      /"title"/,
    ],
    [
      "many fields",
      (form: FormData) =>
        Array.from({ length: 9 }, (_, i) => {
          form.append(`f${i}`, "x");
        }),
      /more than one part/,
    ],
  ])("when %s follows the file, is 400 and nothing is stored", async (_name, add, detail) => {
    const { id, upload } = await createProcess(imagery.url);
    const form = formWith(photo);
    add(form);
    await expectProblem(await post(upload, form), 400, detail);
    await expectUntouched(id);
  });
});

describe("a file that cannot be an image to process", () => {
  it("when it is text named .jpg, is 415 and says what is accepted", async () => {
    const { id, upload } = await createProcess(imagery.url);
    await expectProblem(
      await post(upload, formWith(Buffer.from("I am no photo"), "photo.jpg")),
      415,
      /image\/jpeg.*image\/tiff/,
    );
    await expectUntouched(id);
  });

  it("when it is empty, is 422", async () => {
    const { id, upload } = await createProcess(imagery.url);
    await expectProblem(await post(upload, formWith(Buffer.alloc(0))), 422, /empty/);
    await expectUntouched(id);
  });

  it("when it ends after its signature, is 422", async () => {
    const { id, upload } = await createProcess(imagery.url);
    await expectProblem(await post(upload, formWith(photo.subarray(0, 12))), 422, /damaged or cut off/);
    await expectUntouched(id);
  });

  it("when its header claims 30,000 × 30,000 pixels, is 422 before anything is stored", async () => {
    const { id, upload } = await createProcess(imagery.url);
    const bomb = Buffer.concat([pngHeader(30_000, 30_000), randomBytes(1024 * 1024)]);
    await expectProblem(await post(upload, formWith(bomb)), 422, /30000 × 30000 = 900000000 pixels; at most 25000000/);
    await expectUntouched(id);
  });

  it("when it has 10 MiB and one byte, is 413 and leaves no object and no open multipart upload", async () => {
    const content = Buffer.concat([photo, randomBytes(MAX_UPLOAD_BYTES + 1 - photo.length)]);
    const { id, upload } = await createProcess(imagery.url);
    await expectProblem(await post(upload, formWith(content)), 413, /larger than 10485760 bytes \(10 MiB\)/);
    await expectUntouched(id);
    expect(multipartUploadsOf(id)).toEqual({ begun: 1, completed: 0, aborted: 1 });
  });

  it("when its length is announced as far too large, is 413 at once", async () => {
    const { id, upload } = await createProcess(imagery.url);
    const { request, response } = beginUpload(upload);
    request.setHeader("Content-Length", 1024 ** 3);
    request.write(FORM_START);
    expect((await response).statusCode).toBe(413);
    (await response).resume();
    request.destroy();
    await expectUntouched(id);
  });

  it("after a refusal, the same connection serves the next request", async () => {
    const { upload } = await createProcess(imagery.url);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const refused = beginUpload(upload, agent);
    refused.request.write(FORM_START);
    refused.request.end(randomBytes(3 * 1024 * 1024));
    expect((await refused.response).statusCode).toBe(415);
    (await refused.response).resume();
    await once(await refused.response, "end");

    const next = beginUpload(upload, agent);
    next.request.write(FORM_START);
    next.request.write(photo);
    next.request.end(FORM_END);
    expect((await next.response).statusCode).toBe(202);
    expect(next.request.reusedSocket).toBe(true);
    (await next.response).resume();
    agent.destroy();
  });
});

describe("an upload that breaks off", () => {
  it("when the client goes away after a part is stored, leaves no object and no open multipart upload", async () => {
    const { id, upload } = await createProcess(imagery.url);
    const { request, response } = beginUpload(upload);
    request.write(FORM_START);
    request.write(Buffer.concat([photo, randomBytes(6 * 1024 * 1024)]));
    await eventually("a part in the bucket", () => aws.requests.some((r) => r.method === "PUT" && r.url.includes(id)));
    request.destroy();
    await expect(response).rejects.toThrow();
    await eventually("the end of the multipart upload", () => multipartUploadsOf(id).aborted === 1);
    await expectUntouched(id);
    expect(multipartUploadsOf(id)).toEqual({ begun: 1, completed: 0, aborted: 1 });
    expect(imagery.logs.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });

  it("when the client goes away before its file begins, nothing happens", async () => {
    const { id, upload } = await createProcess(imagery.url);
    const { request, response } = beginUpload(upload);
    request.write(FORM_START.slice(0, 20));
    await eventually("the request at the server", () => aws.requests.length > 0);
    request.destroy();
    await expect(response).rejects.toThrow();
    await expectUntouched(id);
  });

  it("when the bucket fails, is 503 and the process stays as it was", async () => {
    const { id, upload } = await createProcess(imagery.url);
    aws.fail({ matches: ({ method, url }) => method === "PUT" && url.includes(id), status: 503 });
    const response = await post(upload, formWith(photo));
    aws.fail(undefined);
    await expectProblem(response, 503, /try again/);
    await expectUntouched(id);
    expect((await post(upload, formWith(photo))).status).toBe(202);
  });
});
