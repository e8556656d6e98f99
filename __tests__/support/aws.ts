import { once } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import dynalite from "dynalite";
import { buildApp } from "fauxqs";
import { UNQUEUED_INDEX } from "../../app-src/imagery/shared/process-table";

export const REGION = "eu-central-1";

/** What is used of fauxqs's Fastify application (its own types need `fastify` as a dependency of ours). */
interface Fauxqs {
  addHook(
    name: "onRequest" | "onResponse",
    hook: (request: FauxqsRequest, reply: FauxqsReply, done: () => void) => void,
  ): void;
  addHook(
    name: "preHandler",
    hook: (request: FauxqsRequest & { body: unknown }, reply: FauxqsReply, done: () => void) => void,
  ): void;
  listen(options: { port: number; host: string }): Promise<string>;
  close(): Promise<void>;
}
interface FauxqsRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}
interface FauxqsReply {
  readonly statusCode: number;
  status(code: number): { send(body: string): unknown };
}

/** A request that reached the S3 and SQS emulator, and how it was answered. */
export interface EmulatorRequest {
  readonly method: string;
  /** Path with its query */
  readonly url: string;
  /** SQS action such as "SendMessage", `undefined` for S3 */
  readonly action: string | undefined;
  readonly status: number;
}

/** The imagery application's table, bucket and queues on emulators in this process, on ports of their own. */
export interface AwsEmulators {
  readonly endpoints: Readonly<Record<"dynamodb" | "s3" | "sqs", string>>;
  readonly dynamodb: DynamoDBDocumentClient;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly tableName: string;
  readonly bucket: string;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  /** What reached S3 and SQS so far, in the order of the answers */
  readonly requests: readonly EmulatorRequest[];
  /** The variables that a service of the application needs in order to use these. */
  readonly environment: Readonly<Record<string, string>>;
  /** From now on answers the S3 and SQS requests that match with this status; `undefined` ends it. */
  fail(
    fault: { readonly matches: (request: Omit<EmulatorRequest, "status">) => boolean; status: number } | undefined,
  ): void;
  stop(): Promise<void>;
}

export interface EmulatorOptions {
  /** Seconds for which a received message is hidden. Default 120, as in the stack. */
  readonly visibilityTimeout?: number;
  /** Receives before a message goes to the dead-letter queue. Default 10, as in the stack. */
  readonly maxReceiveCount?: number;
}

/** Starts DynamoDB (dynalite), S3 and SQS (fauxqs) and makes what the application uses in them. */
export async function startAwsEmulators(options: EmulatorOptions = {}): Promise<AwsEmulators> {
  const { visibilityTimeout = 120, maxReceiveCount = 10 } = options;
  const database = dynalite({ createTableMs: 0 });
  database.listen(0, "127.0.0.1");
  await once(database, "listening");
  const dynamodbUrl = `http://127.0.0.1:${(database.address() as AddressInfo).port}`;

  const fauxqs = buildApp({ logger: false, defaultRegion: REGION }) as unknown as Fauxqs;
  const requests: EmulatorRequest[] = [];
  let fault: Parameters<AwsEmulators["fail"]>[0];
  const describe = ({ method, url, headers }: FauxqsRequest) => {
    const target = headers["x-amz-target"];
    return { method, url, action: typeof target === "string" ? target.split(".")[1] : undefined };
  };
  fauxqs.addHook("onRequest", (request, reply, done) => {
    if (fault?.matches(describe(request))) reply.status(fault.status).send("");
    else done();
  });
  fauxqs.addHook("onResponse", (request, reply, done) => {
    requests.push({ ...describe(request), status: reply.statusCode });
    done();
  });
  // The emulator names a host below localhost in its queues' URLs, which not every resolver knows; callers use its address.
  fauxqs.addHook("preHandler", ({ body }, _, done) => {
    if (typeof body === "object" && body !== null && "QueueUrl" in body) {
      const { pathname, port } = new URL(String(body.QueueUrl));
      body.QueueUrl = `http://sqs.${REGION}.localhost:${port}${pathname}`;
    }
    done();
  });
  const fauxqsUrl = await fauxqs.listen({ port: 0, host: "127.0.0.1" });

  const common = { region: REGION, credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  const plainDynamodb = new DynamoDBClient({ ...common, endpoint: dynamodbUrl });
  const dynamodb = DynamoDBDocumentClient.from(plainDynamodb);
  const s3 = new S3Client({ ...common, endpoint: fauxqsUrl, forcePathStyle: true });
  const sqs = new SQSClient({ ...common, endpoint: fauxqsUrl });

  const tableName = "processes";
  const bucket = "images";
  await createTable(plainDynamodb, tableName);
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const deadLetterQueueUrl = await createQueue(sqs, fauxqsUrl, "work-dead-letter", {});
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: deadLetterQueueUrl, AttributeNames: ["QueueArn"] }),
  );
  const queueUrl = await createQueue(sqs, fauxqsUrl, "work", {
    VisibilityTimeout: String(visibilityTimeout),
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount }),
  });

  return {
    endpoints: { dynamodb: dynamodbUrl, s3: fauxqsUrl, sqs: fauxqsUrl },
    dynamodb,
    s3,
    sqs,
    tableName,
    bucket,
    queueUrl,
    deadLetterQueueUrl,
    requests,
    environment: {
      QUEUE_URL: queueUrl,
      BUCKET: bucket,
      TABLE: tableName,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_ENDPOINT_URL_DYNAMODB: dynamodbUrl,
      AWS_ENDPOINT_URL_S3: fauxqsUrl,
      AWS_ENDPOINT_URL_SQS: fauxqsUrl,
    },
    fail(next) {
      fault = next;
    },
    async stop() {
      for (const client of [dynamodb, plainDynamodb, s3, sqs]) client.destroy();
      await fauxqs.close();
      const closed = new Promise((resolve) => database.close(resolve));
      database.closeAllConnections();
      await closed;
    },
  };
}

async function createTable(client: DynamoDBClient, name: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [
        { AttributeName: "id", AttributeType: "S" },
        { AttributeName: "unqueued", AttributeType: "S" },
        { AttributeName: "unqueuedSince", AttributeType: "N" },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: UNQUEUED_INDEX,
          KeySchema: [
            { AttributeName: "unqueued", KeyType: "HASH" },
            { AttributeName: "unqueuedSince", KeyType: "RANGE" },
          ],
          Projection: { ProjectionType: "KEYS_ONLY" },
        },
      ],
    }),
  );
  const describe = new DescribeTableCommand({ TableName: name });
  while ((await client.send(describe)).Table?.TableStatus !== "ACTIVE") {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** @returns its URL at the emulator's address */
async function createQueue(
  client: SQSClient,
  endpoint: string,
  name: string,
  attributes: Record<string, string>,
): Promise<string> {
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  if (QueueUrl === undefined) throw new Error(`the emulator gave no URL for the queue ${name}`);
  return new URL(new URL(QueueUrl).pathname, endpoint).href;
}
