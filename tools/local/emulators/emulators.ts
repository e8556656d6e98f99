import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  type GlobalSecondaryIndex,
  type KeySchemaElement,
  type ProjectionType,
  type ScalarAttributeType,
} from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import dynalite from "dynalite";
import { buildApp } from "fauxqs";
import type { Service } from "../gateway/requests";
import type { Resource, SynthesizedStack } from "../terraform/synthesized";
import { QueueDepths } from "./queue-depths";

/** The largest object in one request that S3 takes. fauxqs by itself stops at 11 MiB. */
const maxObjectBytes = 5 * 1024 ** 3;

/** The part of fauxqs's server that is used; the types that it ships do not compile outside of its own project. */
interface FauxqsServer {
  removeContentTypeParser(contentType: string): void;
  addContentTypeParser(
    contentType: string,
    options: { parseAs: "buffer"; bodyLimit: number },
    parser: (request: unknown, body: Buffer, done: (error: null, body: Buffer) => void) => void,
  ): void;
  listen(options: { port: number; host: string }): Promise<string>;
  close(): Promise<void>;
}

/** DynamoDB, S3 and SQS inside this process, on ports of their own at 127.0.0.1. */
export interface Emulators {
  /** Where each service listens */
  readonly endpoints: Readonly<Record<Service, string>>;
  /** fauxqs's own URL of each queue, by name */
  readonly queueUrls: ReadonlyMap<string, string>;
  /** How many messages the queues hold */
  readonly queues: QueueDepths;
  close(): Promise<void>;
}

/** Properties of the emulated resources that have their effect here; `neutral` ones need none. */
const emulated: Record<string, readonly string[]> = {
  aws_dynamodb_table: ["name", "hash_key", "range_key", "attribute", "global_secondary_index", "local_secondary_index"],
  aws_s3_bucket: ["bucket"],
  aws_sqs_queue: [
    ...["name", "visibility_timeout_seconds", "receive_wait_time_seconds", "delay_seconds", "max_message_size"],
    ...["redrive_policy", "fifo_queue", "content_based_deduplication"],
  ],
};
const neutral = ["tags", "tags_all", "lifecycle", "depends_on", "provider", "billing_mode", "force_destroy", "region"];

/** The resource types that the emulators run. */
export const emulatedTypes = Object.keys(emulated);

/** What the stack asks of its tables, queues and buckets that the emulators do not do, a line per type. */
export function notEmulated(stack: SynthesizedStack): string[] {
  return Object.entries(emulated).flatMap(([type, known]) => {
    const properties = new Set(stack.ofType(type).flatMap((resource) => resource.properties));
    const unknown = [...properties].filter((property) => !known.includes(property) && !neutral.includes(property));
    return unknown.length === 0 ? [] : [`${type}: ${unknown.sort().join(", ")}`];
  });
}

/** Starts the emulators and creates the stack's tables, buckets and queues in them. */
export async function startEmulators(stack: SynthesizedStack): Promise<Emulators> {
  const { region } = stack;
  const database = dynalite({ createTableMs: 0 });
  database.listen(0, "127.0.0.1");
  await once(database, "listening");

  const fauxqs = buildApp({ logger: false, defaultRegion: region }) as unknown as FauxqsServer;
  fauxqs.removeContentTypeParser("*");
  fauxqs.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: maxObjectBytes }, (_request, body, done) => {
    done(null, body);
  });
  const fauxqsUrl = await fauxqs.listen({ port: 0, host: "127.0.0.1" });

  const endpoints = { dynamodb: urlOf(database), s3: fauxqsUrl, sqs: fauxqsUrl };
  const close = async (): Promise<void> => {
    await fauxqs.close();
    const closed = new Promise((resolve) => database.close(resolve));
    database.closeAllConnections();
    await closed;
  };
  try {
    const options = { region, credentials: { accessKeyId: "local", secretAccessKey: "local" } };
    await createTables(stack, new DynamoDBClient({ ...options, endpoint: endpoints.dynamodb }));
    await createBuckets(stack, new S3Client({ ...options, endpoint: endpoints.s3, forcePathStyle: true }));
    const queueUrls = await createQueues(stack, new SQSClient({ ...options, endpoint: endpoints.sqs }));
    return { endpoints, queueUrls, queues: new QueueDepths(fauxqsUrl), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function createTables(stack: SynthesizedStack, client: DynamoDBClient): Promise<void> {
  for (const table of stack.ofType("aws_dynamodb_table")) {
    const name = table.string("name");
    const global = table.blocks("global_secondary_index").map(index);
    const local = table.blocks("local_secondary_index").map((block) => ({
      ...index(block),
      KeySchema: keySchema(table.string("hash_key"), block.optionalString("range_key")),
    }));
    await client.send(
      new CreateTableCommand({
        TableName: name,
        KeySchema: keySchema(table.string("hash_key"), table.optionalString("range_key")),
        AttributeDefinitions: table.blocks("attribute").map((attribute) => ({
          AttributeName: attribute.string("name"),
          AttributeType: attribute.string("type") as ScalarAttributeType,
        })),
        BillingMode: "PAY_PER_REQUEST",
        ...(global.length > 0 && { GlobalSecondaryIndexes: global }),
        ...(local.length > 0 && { LocalSecondaryIndexes: local }),
      }),
    );
    const describe = new DescribeTableCommand({ TableName: name });
    while ((await client.send(describe)).Table?.TableStatus !== "ACTIVE") {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  client.destroy();
}

function index(block: Resource): GlobalSecondaryIndex {
  const extra = block.references("non_key_attributes");
  return {
    IndexName: block.string("name"),
    KeySchema: keySchema(block.optionalString("hash_key"), block.optionalString("range_key")),
    Projection: {
      ProjectionType: block.string("projection_type") as ProjectionType,
      ...(extra.length > 0 && { NonKeyAttributes: extra }),
    },
  };
}

function keySchema(hash: string | undefined, range: string | undefined): KeySchemaElement[] {
  const schema: KeySchemaElement[] = [];
  if (hash !== undefined) schema.push({ AttributeName: hash, KeyType: "HASH" });
  if (range !== undefined) schema.push({ AttributeName: range, KeyType: "RANGE" });
  return schema;
}

async function createBuckets(stack: SynthesizedStack, client: S3Client): Promise<void> {
  for (const bucket of stack.ofType("aws_s3_bucket")) {
    await client.send(new CreateBucketCommand({ Bucket: bucket.string("bucket") }));
  }
  client.destroy();
}

const queueAttributes: Record<string, string> = {
  visibility_timeout_seconds: "VisibilityTimeout",
  receive_wait_time_seconds: "ReceiveMessageWaitTimeSeconds",
  delay_seconds: "DelaySeconds",
  max_message_size: "MaximumMessageSize",
  redrive_policy: "RedrivePolicy",
  fifo_queue: "FifoQueue",
  content_based_deduplication: "ContentBasedDeduplication",
};

async function createQueues(stack: SynthesizedStack, client: SQSClient): Promise<Map<string, string>> {
  const urls = new Map<string, string>();
  for (const queue of stack.ofType("aws_sqs_queue")) {
    const name = queue.string("name");
    const attributes = Object.entries(queueAttributes).flatMap(([property, attribute]) => {
      const value = queue.optionalString(property);
      return value === undefined ? [] : [[attribute, value] as const];
    });
    const created = await client.send(
      new CreateQueueCommand({ QueueName: name, Attributes: Object.fromEntries(attributes) }),
    );
    if (created.QueueUrl === undefined) throw new Error(`${queue.address}: the emulator gave no queue URL`);
    urls.set(name, created.QueueUrl);
  }
  client.destroy();
  return urls;
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
