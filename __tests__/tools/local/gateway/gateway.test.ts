import { request } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SQSClient,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { LocalStack } from "../../../../tools/local/stack";
import { fixtureFolders, fixtureStack } from "../fixture/stack";

// Real processes and connections: on a busy machine they may take their time.
jest.setTimeout(60_000);

const table = "fixture-dev-things";
const bucket = "fixture-dev-files-000000000000";
const lines: string[] = [];
let local: LocalStack;
let queue: string;

beforeAll(async () => {
  local = await LocalStack.start({ stack: fixtureStack(), folders: fixtureFolders, log: (line) => lines.push(line) });
  queue = local.output("queue") as string;
});

afterEach(() => {
  local.gateway.faults.clear();
  for (const client of opened.splice(0)) client.destroy();
});

afterAll(() => local.stop());

const opened: { destroy(): void }[] = [];

/** Clients with the credentials of a machine of the fleet "web", or others. */
function clients(credentials = web(), maxAttempts = 1) {
  const config = { region: "eu-west-1", endpoint: local.gateway.url, credentials, maxAttempts };
  const made = { dynamodb: new DynamoDBClient(config), s3: new S3Client(config), sqs: new SQSClient(config) };
  opened.push(...Object.values(made));
  return made;
}

function web(): { accessKeyId: string; secretAccessKey: string; sessionToken?: string } {
  const issued = local.gateway.credentials.issue({ name: "web", role: "fixture-web", session: "i-0123" });
  return { ...issued, sessionToken: issued.sessionToken ?? "" };
}

const operator = () => clients(local.clientConfig.credentials);
const get = new GetItemCommand({ TableName: table, Key: { id: { S: "1" } } });

/** What an SDK call failed with. */
async function failure(call: Promise<unknown>): Promise<{ name: string; message: string; status: number | undefined }> {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return { name, message, status: $metadata?.httpStatusCode };
  }
  throw new Error("the call succeeded");
}

describe("the gateway", () => {
  describe("asked for something that the role's policies allow", () => {
    it("passes it on and records it", async () => {
      const { dynamodb } = clients();
      await dynamodb.send(new PutItemCommand({ TableName: table, Item: { id: { S: "1" }, kind: { S: "k" } } }));
      expect((await dynamodb.send(get)).Item).toEqual({ id: { S: "1" }, kind: { S: "k" } });
      const query = new QueryCommand({
        TableName: table,
        IndexName: "by-kind",
        KeyConditionExpression: "kind = :kind",
        ExpressionAttributeValues: { ":kind": { S: "k" } },
      });
      expect((await dynamodb.send(query)).Count).toBe(1);
      expect([...local.gateway.used.values()]).toContainEqual({
        caller: "web",
        role: "fixture-web",
        action: "dynamodb:Query",
        resource: `arn:aws:dynamodb:eu-west-1:000000000000:table/${table}/index/by-kind`,
      });
    });

    it("streams objects of any size, in one piece or in parts", async () => {
      const { s3 } = clients();
      const body = Buffer.alloc(12 * 1024 ** 2, "x");
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "upload/big (1)+ä.bin", Body: body }));
      await new Upload({ client: s3, params: { Bucket: bucket, Key: "upload/parts", Body: body } }).done();
      for (const Key of ["upload/big (1)+ä.bin", "upload/parts"]) {
        const { ContentLength } = await operator().s3.send(new HeadObjectCommand({ Bucket: bucket, Key }));
        expect(ContentLength).toBe(body.length);
      }
    });

    it("lets a multipart upload be aborted", async () => {
      const { s3 } = clients();
      const target = { Bucket: bucket, Key: "upload/aborted" };
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand(target));
      await s3.send(new AbortMultipartUploadCommand({ ...target, UploadId }));
      expect(await failure(operator().s3.send(new HeadObjectCommand(target)))).toMatchObject({ status: 404 });
    });
  });

  describe("asked for something that no policy allows", () => {
    const arn = "arn:aws:sts::000000000000:assumed-role/fixture-web/i-0123";

    it("answers DynamoDB's AccessDeniedException and says which grant is missing", async () => {
      const scan = new QueryCommand({ TableName: table, KeyConditionExpression: "id = :id" });
      expect(await failure(clients().dynamodb.send(scan))).toEqual({
        name: "AccessDeniedException",
        status: 400,
        message:
          `User: ${arn} is not authorized to perform: dynamodb:Query on resource: ` +
          `arn:aws:dynamodb:eu-west-1:000000000000:table/${table} because no identity-based policy allows the dynamodb:Query action`,
      });
      expect(lines.at(-1)).toContain('missing in the stack: table "things" .grant(web, ["dynamodb:Query"])');
      expect(local.gateway.denied.at(-1)).toMatchObject({ caller: "web", action: "dynamodb:Query" });
    });

    it("answers SQS's AccessDenied", async () => {
      const { name, status, message } = await failure(
        clients().sqs.send(new ReceiveMessageCommand({ QueueUrl: queue })),
      );
      expect([name, status]).toEqual(["AccessDenied", 403]);
      expect(message).toContain("is not authorized to perform: sqs:ReceiveMessage on resource: arn:aws:sqs:");
      expect(lines.at(-1)).toContain('queue "work" .grant(web, ["sqs:ReceiveMessage"])');
    });

    it("answers S3's AccessDenied", async () => {
      const put = new PutObjectCommand({ Bucket: bucket, Key: "private/a.txt", Body: "x" });
      expect(await failure(clients().s3.send(put))).toMatchObject({ name: "AccessDenied", status: 403 });
      expect(lines.at(-1)).toContain('bucket "files" .grant(web, ["s3:PutObject"], "private/*")');
    });

    it("needs every right that a request asks for", async () => {
      const copy = new CopyObjectCommand({ Bucket: bucket, Key: "upload/copy", CopySource: `${bucket}/private/a` });
      expect(await failure(clients().s3.send(copy))).toMatchObject({ name: "AccessDenied" });
      expect(local.gateway.denied.at(-1)).toMatchObject({ action: "s3:GetObject" });
      const remove = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: [{ Key: "upload/a" }] } });
      expect(await failure(clients().s3.send(remove))).toMatchObject({ name: "AccessDenied" });
    });

    it("obeys new policies from the next request on", async () => {
      const policies = local.policiesOf(fixtureStack());
      local.gateway.setPolicies(new Map());
      expect(await failure(clients().dynamodb.send(get))).toMatchObject({ name: "AccessDeniedException" });
      local.gateway.setPolicies(policies);
      await clients().dynamodb.send(get);
    });
  });

  describe("asked for an object that is not there", () => {
    const missing = new GetObjectCommand({ Bucket: bucket, Key: "public/none" });

    it("hides that from who may not list the bucket, as S3 does", async () => {
      expect(await failure(clients().s3.send(missing))).toMatchObject({ name: "AccessDenied", status: 403 });
    });

    it("says so to the operator", async () => {
      expect(await failure(operator().s3.send(missing))).toMatchObject({ name: "NoSuchKey", status: 404 });
    });
  });

  describe("asked by the operator", () => {
    it("permits everything", async () => {
      const { s3, sqs } = operator();
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "public/hello", Body: "hello" }));
      const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: "public/" }));
      expect(Contents?.map(({ Key }) => Key)).toEqual(["public/hello"]);
      expect((await sqs.send(new GetQueueUrlCommand({ QueueName: "fixture-dev-work" }))).QueueUrl).toBe(queue);
    });
  });

  describe("asked by somebody it does not know", () => {
    it("refuses an access key that it did not issue", async () => {
      const { dynamodb, s3, sqs } = clients({ accessKeyId: "AKIAUNKNOWN", secretAccessKey: "x" });
      const send = new SendMessageCommand({ QueueUrl: queue, MessageBody: "x" });
      expect(await failure(dynamodb.send(get))).toMatchObject({ name: "UnrecognizedClientException" });
      expect(await failure(sqs.send(send))).toMatchObject({ name: "InvalidClientTokenId" });
      expect(await failure(s3.send(new ListObjectsV2Command({ Bucket: bucket })))).toMatchObject({
        name: "InvalidAccessKeyId",
      });
    });

    it("refuses a wrong secret, and an access key without its session token", async () => {
      const right = web();
      const wrong = clients({ ...right, secretAccessKey: "wrong" });
      const put = new PutObjectCommand({ Bucket: bucket, Key: "upload/x", Body: "x" });
      expect(await failure(wrong.dynamodb.send(get))).toMatchObject({ name: "InvalidSignatureException" });
      expect(await failure(wrong.s3.send(put))).toMatchObject({ name: "SignatureDoesNotMatch", status: 403 });
      const { accessKeyId, secretAccessKey } = right;
      const tokenless = clients({ accessKeyId, secretAccessKey });
      expect(await failure(tokenless.dynamodb.send(get))).toMatchObject({ name: "UnrecognizedClientException" });
    });

    it("refuses a request without credentials, in the service's own format", async () => {
      const object = await fetch(`${local.gateway.url}/${bucket}/public/hello`);
      expect([object.status, await object.text()]).toEqual([403, expect.stringContaining("<Code>AccessDenied</Code>")]);
      const headers = { "x-amz-target": "DynamoDB_20120810.GetItem" };
      const item = await fetch(local.gateway.url, { method: "POST", headers, body: "{}" });
      expect([item.status, await item.text()]).toEqual([
        400,
        expect.stringContaining("MissingAuthenticationTokenException"),
      ]);
    });

    it("refuses a service that does not run here", async () => {
      const credential = `${web().accessKeyId}/20260101/eu-west-1/sns/aws4_request`;
      const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=00`;
      const response = await fetch(local.gateway.url, {
        method: "POST",
        headers: { authorization },
        body: "Action=Publish",
      });
      expect(await response.text()).toContain("The service sns does not run");
    });
  });

  describe("given a presigned URL", () => {
    const presign = (key: string, signingDate?: Date) =>
      getSignedUrl(
        clients().s3,
        new GetObjectCommand({ Bucket: bucket, Key: key, ResponseContentType: "text/x-test" }),
        {
          expiresIn: 60,
          ...(signingDate && { signingDate }),
        },
      );

    it("serves the object with the headers that the URL asks for", async () => {
      await operator().s3.send(new PutObjectCommand({ Bucket: bucket, Key: "public/a b.txt", Body: "hello" }));
      const response = await fetch(await presign("public/a b.txt"));
      expect([response.status, await response.text()]).toEqual([200, "hello"]);
      expect(response.headers.get("content-type")).toBe("text/x-test");
    });

    it("refuses it when it has expired", async () => {
      const response = await fetch(await presign("public/a b.txt", new Date(Date.now() - 61_000)));
      expect([response.status, await response.text()]).toEqual([403, expect.stringContaining("Request has expired")]);
    });

    it("refuses it when it was changed", async () => {
      const url = await presign("public/other.txt");
      const response = await fetch(url.replace("other.txt", "a%20b.txt"));
      expect([response.status, await response.text()]).toEqual([403, expect.stringContaining("SignatureDoesNotMatch")]);
      expect((await fetch(url.replace("X-Amz-Expires=60", "X-Amz-Expires=600"))).status).toBe(403);
    });

    it("refuses what the signer may not read", async () => {
      const response = await fetch(await presign("private/a.txt"));
      expect([response.status, await response.text()]).toEqual([403, expect.stringContaining("s3:GetObject")]);
    });
  });

  describe("told to misbehave", () => {
    it("throttles as each service does", async () => {
      local.gateway.faults.add({ kind: "throttle" });
      const { dynamodb, s3, sqs } = clients();
      const put = new PutObjectCommand({ Bucket: bucket, Key: "upload/x", Body: "x" });
      const send = new SendMessageCommand({ QueueUrl: queue, MessageBody: "x" });
      expect(await failure(dynamodb.send(get))).toMatchObject({ name: "ProvisionedThroughputExceededException" });
      expect(await failure(s3.send(put))).toMatchObject({ name: "SlowDown", status: 503 });
      expect(await failure(sqs.send(send))).toMatchObject({ name: "RequestThrottled" });
    });

    it("fails as often as it was told, so that a retry succeeds", async () => {
      const fault = local.gateway.faults.add({ kind: "error", service: "dynamodb", operation: "GetItem", times: 2 });
      await clients(web(), 3).dynamodb.send(get);
      expect(fault.hits).toBe(2);
    });

    it("hits only the service, operation and caller that it was told", async () => {
      local.gateway.faults.add({ kind: "error", service: "dynamodb", operation: "PutItem" });
      local.gateway.faults.add({ kind: "error", caller: "worker" });
      await clients().dynamodb.send(get);
    });

    it("drops a connection before or after the service has done its work", async () => {
      const send = (MessageBody: string) =>
        clients().sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody }));
      local.gateway.faults.add({ kind: "drop", times: 1 });
      await expect(send("before")).rejects.toThrow();
      local.gateway.faults.add({ kind: "drop-answer", times: 1 });
      await expect(send("after")).rejects.toThrow();
      const receive = new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 });
      const { Messages } = await operator().sqs.send(receive);
      expect(Messages?.map(({ Body }) => Body)).toEqual(["after"]);
    });

    it("holds a request until it is told to go on", async () => {
      const fault = local.gateway.faults.add({ kind: "hold", operation: "GetItem" });
      let answered = false;
      const call = clients()
        .dynamodb.send(get)
        .then(() => (answered = true));
      await fault.firstHit;
      expect(answered).toBe(false);
      fault.remove();
      await call;
    });

    it("adds latency and goes on", async () => {
      const fault = local.gateway.faults.add({ kind: "latency", delayMs: 1 });
      await clients().dynamodb.send(get);
      expect(fault.hits).toBe(1);
    });
  });

  describe("when a receiver dies while it waits for a message", () => {
    it("gives the message back to the queue", async () => {
      const { sqs } = operator();
      await sqs.send(new PurgeQueueCommand({ QueueUrl: queue }));
      const dying = new AbortController();
      const receive = new ReceiveMessageCommand({ QueueUrl: queue, WaitTimeSeconds: 20 });
      // The operation reaches the gateway while it is held, and the emulator when it goes on.
      const fault = local.gateway.faults.add({ kind: "latency", delayMs: 0, operation: "ReceiveMessage" });
      const call = sqs.send(receive, { abortSignal: dying.signal }).catch(() => undefined);
      await fault.firstHit;
      await new Promise((resolve) => setTimeout(resolve, 100));
      dying.abort();
      await call;
      await sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: "for the next one" }));
      const { Messages } = await sqs.send(receive);
      expect(Messages?.map(({ Body }) => Body)).toEqual(["for the next one"]);
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: queue, AttributeNames: ["ApproximateNumberOfMessagesNotVisible"] }),
      );
      expect(Attributes).toEqual({ ApproximateNumberOfMessagesNotVisible: "1" });
    });
  });

  it("breaks off an upload whose sender goes away, and keeps no part of it", async () => {
    const url = new URL(await getSignedUrl(clients().s3, new PutObjectCommand({ Bucket: bucket, Key: "upload/half" })));
    const upload = request(url, { method: "PUT", headers: { "content-length": 1000 } });
    upload.on("error", () => undefined);
    upload.write("half");
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closed = new Promise((resolve) => upload.once("close", resolve));
    upload.destroy();
    await closed;
    const head = new HeadObjectCommand({ Bucket: bucket, Key: "upload/half" });
    expect(await failure(operator().s3.send(head))).toMatchObject({ status: 404 });
  });
});
