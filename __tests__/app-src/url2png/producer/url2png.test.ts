import { randomUUID } from "node:crypto";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { ReceiveMessageCommand, SQSClient, SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { mockClient } from "aws-sdk-client-mock";
import { InvalidUrlError, NotSentError, TimedOutError } from "../../../../app-src/url2png/producer/errors";
import { regionOf, Url2Png } from "../../../../app-src/url2png/producer/url2png";
import { parseMessage } from "../../../../app-src/url2png/shared/message";
import { failureKey, formatFailure, pictureKey, type Failure } from "../../../../app-src/url2png/shared/result";
import { startAwsEmulators, type AwsEmulators } from "../../../support/aws";
import { eventually } from "../../../support/eventually";

const url = "https://example.org/";

let aws: AwsEmulators;
let url2png: Url2Png;

beforeAll(async () => {
  aws = await startAwsEmulators();
  url2png = new Url2Png({ queueUrl: aws.queueUrl, bucket: aws.bucket, sqs: aws.sqs, s3: aws.s3 });
});

afterAll(() => aws.stop());

/** Takes everything that is in the queue. */
async function messages(): Promise<unknown[]> {
  const all: unknown[] = [];
  for (;;) {
    const { Messages = [] } = await aws.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: aws.queueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return all;
    all.push(...Messages.map(({ Body }) => parseMessage(Body)));
  }
}

async function store(key: string, body: string): Promise<void> {
  await aws.s3.send(new PutObjectCommand({ Bucket: aws.bucket, Key: key, Body: body }));
}

function failureOf(id: string): Failure {
  return { id, url, reason: "page-crashed", message: "The page has crashed.", failedAt: "2026-11-26T14:00:00.000Z" };
}

describe("sending", () => {
  it("puts id and URL into the queue, and tells where the picture will be", async () => {
    const sent = await url2png.send(url);
    const { id } = sent;
    expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(sent).toEqual({ id, url, key: `${id}.png`, location: `s3://${aws.bucket}/${id}.png` });
    expect(await messages()).toEqual([{ id, url }]);
  });

  it("of many takes a request for ten of them, and answers in their order", async () => {
    const urls = Array.from({ length: 25 }, (_, i) => `${url}${i}`);
    const before = aws.requests.length;
    const sent = await url2png.sendMany(urls);
    expect(sent.map((each) => each.url)).toEqual(urls);
    expect(aws.requests.slice(before).map(({ action }) => action)).toEqual(Array(3).fill("SendMessageBatch"));
    const queued = await messages();
    expect(queued).toHaveLength(25);
    expect(queued).toEqual(expect.arrayContaining(sent.map(({ id, url: each }) => ({ id, url: each }))));
  });

  it("that is broken off names what is in the queue", async () => {
    const controller = new AbortController();
    let requests = 0;
    const matches = ({ action }: { action: string | undefined }): boolean => {
      if (action === "SendMessageBatch" && ++requests === 2) controller.abort();
      return false;
    };
    aws.fail({ matches, status: 500 });
    const urls = Array.from({ length: 25 }, (_, i) => `${url}${i}`);
    const error = await url2png.sendMany(urls, controller.signal).catch((e: unknown) => e);
    aws.fail(undefined);
    expect((error as NotSentError).sent.map((each) => each.url)).toEqual(urls.slice(0, 10));
    expect((error as NotSentError).message).toMatch(/^15 of 25 messages could not be sent: AbortError/);
    await messages();
  });

  it.each([
    ["what is no URL", "example.org", /"example\.org" can never be photographed: .* Is it https:\/\/example\.org\?/],
    ["nothing", "", /""/],
    ["a file", "file:///etc/passwd", /Only http:\/\/ and https:\/\/ URLs/],
    ["a script", "javascript:alert(1)", /Only http/],
    ["a page's source", "view-source:https://example.org/", /Only http/],
    ["a URL with a password", "https://user:secret@example.org/", /^"example\.org:443" .*user name or a password/],
    [
      "a URL of 9000 characters",
      `https://example.org/${"a".repeat(9000)}`,
      /^"https:\/\/example.org\/a{80}…" .*longer than/,
    ],
  ])("%s is refused, and nothing is sent", async (_, bad, message) => {
    const before = aws.requests.length;
    const sending = url2png.sendMany([url, bad]);
    await expect(sending).rejects.toThrow(InvalidUrlError);
    await expect(sending).rejects.toThrow(message);
    await expect(url2png.send(bad)).rejects.toThrow(message);
    expect(aws.requests.slice(before)).toEqual([]);
  });

  it.each(["http://10.0.0.1/", "http://localhost:8080/", "http://169.254.169.254/latest/meta-data/"])(
    "%s is left to the judgement of the worker",
    async (inside) => {
      const { id } = await url2png.send(inside);
      expect(await messages()).toEqual([{ id, url: inside }]);
    },
  );
});

describe("sending to a queue that does not take everything", () => {
  const sqs = new SQSClient({});
  const mock = mockClient(sqs);
  const client = new Url2Png({ queueUrl: "https://queue.test/work", bucket: "pictures", sqs });

  afterEach(() => {
    mock.reset();
  });

  /** How many messages each request had. */
  const sizes = () => mock.commandCalls(SendMessageBatchCommand).map(({ args }) => args[0].input.Entries?.length);

  it("sends those again that it did not take, with the same id", async () => {
    const failed = { Id: "1", Code: "ServiceUnavailable", SenderFault: false };
    mock
      .on(SendMessageBatchCommand)
      .resolvesOnce({ Failed: [failed], Successful: [] })
      .resolves({});
    const [, second] = await client.sendMany([`${url}1`, `${url}2`, `${url}3`]);
    expect(sizes()).toEqual([3, 1]);
    const again = mock.commandCalls(SendMessageBatchCommand)[1]?.args[0].input.Entries?.[0];
    expect(parseMessage(again?.MessageBody)).toEqual({ id: second?.id, url: `${url}2` });
  });

  it("gives up after five tries, and names what is in the queue and what is not", async () => {
    const failed = { Id: "0", Code: "ServiceUnavailable", Message: "busy", SenderFault: false };
    mock.on(SendMessageBatchCommand).resolves({ Failed: [failed], Successful: [] });
    const error = await client.sendMany(Array.from({ length: 12 }, (_, i) => `${url}${i}`)).catch((e: unknown) => e);
    expect(sizes()).toEqual([10, 1, 1, 1, 1]);
    const { sent, notSent, message } = error as NotSentError;
    expect(error).toBeInstanceOf(NotSentError);
    expect(message).toBe("3 of 12 messages could not be sent: ServiceUnavailable: busy");
    expect(notSent.map((each) => each.url)).toEqual([`${url}0`, `${url}10`, `${url}11`]);
    expect(sent).toHaveLength(9);
  });

  it("does not repeat what is the message's fault", async () => {
    const failed = { Id: "0", Code: "InvalidMessageContents", SenderFault: true };
    mock.on(SendMessageBatchCommand).resolves({ Failed: [failed], Successful: [] });
    await expect(client.send(url)).rejects.toThrow("1 of 1 messages could not be sent: InvalidMessageContents");
    expect(sizes()).toEqual([1]);
  });

  it("whose second request fails, names what the first one has sent", async () => {
    mock.on(SendMessageBatchCommand).resolvesOnce({}).rejects(new Error("connection lost"));
    const error = await client.sendMany(Array.from({ length: 12 }, (_, i) => `${url}${i}`)).catch((e: unknown) => e);
    expect(error).toMatchObject({ sent: { length: 10 }, notSent: { length: 2 } });
    expect((error as Error).message).toMatch(/^2 of 12 .*connection lost/);
  });

  it("and takes nothing at all, is that error itself", async () => {
    mock.on(SendMessageBatchCommand).rejects(new Error("no credentials"));
    await expect(client.send(url)).rejects.toThrow(/^no credentials$/);
  });
});

describe("waiting", () => {
  it("for a picture ends when it comes", async () => {
    const id = randomUUID();
    const before = aws.requests.length;
    const waiting = url2png.wait(id);
    await eventually("a first look", () => aws.requests.slice(before).some(({ status }) => status === 404));
    await store(pictureKey(id), "png");
    expect(await waiting).toEqual({ kind: "picture", body: Buffer.from("png") });
  });

  it("for a page that cannot be photographed ends with the reason", async () => {
    const id = randomUUID();
    await store(failureKey(id), formatFailure(failureOf(id)));
    expect(await url2png.wait(id)).toEqual({ kind: "failure", document: failureOf(id) });
  });

  it("takes the picture where both are there, as when the message came twice", async () => {
    const id = randomUUID();
    await store(failureKey(id), formatFailure(failureOf(id)));
    await store(pictureKey(id), "png");
    expect(await url2png.wait(id)).toMatchObject({ kind: "picture" });
  });

  it("ends when time is up, and says that it may still come", async () => {
    const waiting = url2png.wait(randomUUID(), { timeoutMs: 400 });
    await expect(waiting).rejects.toThrow(TimedOutError);
    await expect(waiting).rejects.toThrow(/after 0\.4 s.*may still come/);
  });

  it("ends when its signal says so, with the signal's reason", async () => {
    const why = new Error("not interested any more");
    const controller = new AbortController();
    const waiting = url2png.wait(randomUUID(), { signal: controller.signal });
    controller.abort(why);
    await expect(waiting).rejects.toBe(why);
  });

  it("ends at once when there is no such bucket", async () => {
    const elsewhere = new Url2Png({ queueUrl: aws.queueUrl, bucket: "nowhere", sqs: aws.sqs, s3: aws.s3 });
    await expect(elsewhere.wait(randomUUID())).rejects.toMatchObject({ name: "NoSuchBucket" });
  });
});

describe("waiting without the permission to list the bucket", () => {
  const s3 = new S3Client({});
  const mock = mockClient(s3);
  const client = new Url2Png({ queueUrl: "https://queue.test/work", bucket: "pictures", s3 });
  const denied = Object.assign(new Error("Access Denied"), { name: "AccessDenied" });

  afterEach(() => {
    mock.reset();
  });

  it("takes AccessDenied for an object that is not there yet", async () => {
    const id = randomUUID();
    const body = Buffer.from("png");
    const picture = { Body: { transformToByteArray: () => Promise.resolve(body) } } as never;
    mock.on(GetObjectCommand).rejects(denied);
    mock
      .on(GetObjectCommand, { Key: pictureKey(id) })
      .rejectsOnce(denied)
      .rejectsOnce(denied)
      .resolves(picture);
    expect(await client.wait(id)).toEqual({ kind: "picture", body });
  });

  it("says at the end what AccessDenied may mean, when it was all that came", async () => {
    mock.on(GetObjectCommand).rejects(denied);
    const waiting = client.wait(randomUUID(), { timeoutMs: 300 });
    await expect(waiting).rejects.toMatchObject({ name: "TimedOutError", denied: true });
    await expect(waiting).rejects.toThrow(/AccessDenied.*s3:ListBucket.*s3:GetObject/);
  });
});

describe("the region", () => {
  it.each([
    ["https://sqs.eu-west-1.amazonaws.com/123456789012/work", { region: "eu-west-1" }],
    ["https://sqs.cn-north-1.amazonaws.com.cn/123456789012/work", { region: "cn-north-1" }],
    ["http://127.0.0.1:4566/000000000000/work", {}],
    ["https://queue.test/work", {}],
  ])("of %s is %j", (queueUrl, expected) => {
    expect(regionOf(queueUrl)).toEqual(expected);
  });
});
