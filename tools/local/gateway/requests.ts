import type { IncomingHttpHeaders } from "node:http";
import type { Access } from "./iam";

/** The services that run on this machine, as credential scopes and IAM actions name them. */
export const services = ["dynamodb", "s3", "sqs"] as const;
export type Service = (typeof services)[number];

/** What a request is about. */
export interface Operation {
  readonly service: Service;
  /** The API's name for it: "SendMessageBatch", "PutObject" */
  readonly name: string;
  /** What the caller must be allowed to do */
  readonly accesses: readonly Access[];
}

/** The account and region in which everything on this machine seems to be. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
}

/** A request that the gateway cannot judge and therefore does not pass on. */
export class UnsupportedRequest extends Error {}

const sqsActions: Record<string, string> = {
  SendMessageBatch: "SendMessage",
  DeleteMessageBatch: "DeleteMessage",
  ChangeMessageVisibilityBatch: "ChangeMessageVisibility",
};
const dynamodbPerTable = ["BatchGetItem", "BatchWriteItem"];
const dynamodbOnOneTable = [
  ...["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"],
  ...["CreateTable", "DescribeTable", "UpdateTable", "DeleteTable", "DescribeTimeToLive"],
];

type Json = Record<string, unknown>;

/** Whether the gateway must read the whole body to know what a request wants. The bodies of S3 objects are streamed. */
export function needsBody(service: Service, method: string, url: URL): boolean {
  return service !== "s3" || (method === "POST" && url.searchParams.has("delete"));
}

/** Names the operation of a request, and the IAM actions and resources that it needs. */
export function identify(
  service: Service,
  request: { method: string; url: URL; headers: IncomingHttpHeaders; body: string },
  place: Place,
): Operation {
  if (service === "s3") return identifyS3(request);
  const target = header(request.headers, "x-amz-target");
  const name = target.slice(target.indexOf(".") + 1);
  if (name === "") throw new UnsupportedRequest(`a ${service} request without X-Amz-Target`);
  const body = parse(request.body);
  return service === "sqs" ? identifySqs(name, body, place) : identifyDynamodb(name, body, place);
}

function identifyDynamodb(name: string, body: Json, { region, accountId }: Place): Operation {
  const action = `dynamodb:${name}`;
  const arn = (table: string): string =>
    table.startsWith("arn:") ? table : `arn:aws:dynamodb:${region}:${accountId}:table/${table}`;
  const operation = (accesses: Access[]): Operation => ({ service: "dynamodb", name, accesses });
  if (name === "ListTables") return operation([{ action, resource: "*" }]);
  if (dynamodbPerTable.includes(name)) {
    return operation(Object.keys(asJson(body.RequestItems)).map((table) => ({ action, resource: arn(table) })));
  }
  if (!dynamodbOnOneTable.includes(name)) throw new UnsupportedRequest(`${action} is not supported`);
  if (typeof body.TableName !== "string") throw new UnsupportedRequest(`${action} without a TableName`);
  const table = arn(body.TableName);
  const resource = typeof body.IndexName === "string" ? `${table}/index/${body.IndexName}` : table;
  return operation([{ action, resource }]);
}

function identifySqs(name: string, body: Json, { region, accountId }: Place): Operation {
  const action = `sqs:${sqsActions[name] ?? name}`;
  const queue = typeof body.QueueUrl === "string" ? queueName(body.QueueUrl) : body.QueueName;
  // ListQueues has no queue: IAM then asks for the right on every queue.
  const resource = `arn:aws:sqs:${region}:${accountId}:${typeof queue === "string" ? queue : "*"}`;
  return { service: "sqs", name, accesses: [{ action, resource }] };
}

/** The name at the end of a queue's URL. */
export function queueName(queueUrl: string): string {
  return queueUrl.slice(queueUrl.lastIndexOf("/") + 1);
}

const bucketOperations: Record<string, [name: string, action: string]> = {
  HEAD: ["HeadBucket", "s3:ListBucket"],
  GET: ["ListObjects", "s3:ListBucket"],
  PUT: ["CreateBucket", "s3:CreateBucket"],
  DELETE: ["DeleteBucket", "s3:DeleteBucket"],
};
const objectOperations: Record<string, [name: string, action: string]> = {
  GET: ["GetObject", "s3:GetObject"],
  HEAD: ["HeadObject", "s3:GetObject"],
  PUT: ["PutObject", "s3:PutObject"],
  DELETE: ["DeleteObject", "s3:DeleteObject"],
};
const uploadOperations: Record<string, [name: string, action: string]> = {
  PUT: ["UploadPart", "s3:PutObject"],
  POST: ["CompleteMultipartUpload", "s3:PutObject"],
  DELETE: ["AbortMultipartUpload", "s3:AbortMultipartUpload"],
};
/** The query parameters that do not change what an S3 request is about. Others (acl, tagging, …) do, and are refused. */
const harmlessParameters =
  /^(x-id|x-amz-.*|response-.*|list-type|prefix|delimiter|max-keys|marker|start-after|continuation-token|encoding-type|fetch-owner|partnumber|uploadid|uploads|delete)$/;

function identifyS3(request: { method: string; url: URL; headers: IncomingHttpHeaders; body: string }): Operation {
  const { method, url } = request;
  const [bucket = "", ...rest] = url.pathname.slice(1).split("/");
  const key = decodeURIComponent(rest.join("/"));
  const describe = `${method} /${bucket}${key === "" ? "" : "/<key>"}`;
  for (const parameter of url.searchParams.keys()) {
    if (!harmlessParameters.test(parameter.toLowerCase())) {
      throw new UnsupportedRequest(`${describe}?${parameter} is not supported`);
    }
  }
  const bucketArn = `arn:aws:s3:::${bucket}`;
  const operation = (found: [string, string] | undefined, resource: string, ...more: Access[]): Operation => {
    if (found === undefined) throw new UnsupportedRequest(`${describe} is not supported`);
    const [name, action] = found;
    return { service: "s3", name, accesses: [{ action, resource }, ...more] };
  };

  if (bucket === "") return operation(method === "GET" ? ["ListBuckets", "s3:ListAllMyBuckets"] : undefined, "*");
  if (key === "") {
    if (method === "POST" && url.searchParams.has("delete")) return deleteObjects(bucketArn, request.body);
    return operation(url.searchParams.has("uploads") ? undefined : bucketOperations[method], bucketArn);
  }
  const object = `${bucketArn}/${key}`;
  if (url.searchParams.has("uploadId")) return operation(uploadOperations[method], object);
  if (method === "POST" && url.searchParams.has("uploads")) {
    return operation(["CreateMultipartUpload", "s3:PutObject"], object);
  }
  const source = header(request.headers, "x-amz-copy-source");
  if (method === "PUT" && source !== "") {
    const copied = `arn:aws:s3:::${decodeURIComponent(source).replace(/^\//, "")}`;
    return operation(["CopyObject", "s3:PutObject"], object, { action: "s3:GetObject", resource: copied });
  }
  return operation(objectOperations[method], object);
}

function deleteObjects(bucketArn: string, body: string): Operation {
  const keys = [...body.matchAll(/<Key>([^]*?)<\/Key>/g)].map(([, key = ""]) => unescapeXml(key));
  return {
    service: "s3",
    name: "DeleteObjects",
    accesses: keys.map((key) => ({ action: "s3:DeleteObject", resource: `${bucketArn}/${key}` })),
  };
}

function unescapeXml(text: string): string {
  const entities: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (entity, name: string) => entities[name] ?? entity);
}

function header(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? "";
}

function parse(body: string): Json {
  try {
    return asJson(JSON.parse(body));
  } catch (error) {
    throw new UnsupportedRequest(`the body is not JSON (${(error as Error).message})`, { cause: error });
  }
}

function asJson(value: unknown): Json {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Json) : {};
}
