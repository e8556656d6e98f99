import { describe, expect, it } from "@jest/globals";
import { type Service, UnsupportedRequest, identify } from "../../../../tools/local/gateway/requests";

const place = { region: "eu-west-1", accountId: "000000000000" };

function json(service: Service, target: string, body: unknown): string[] {
  const operation = identify(
    service,
    {
      method: "POST",
      url: new URL("http://gateway/"),
      headers: { "x-amz-target": target },
      body: typeof body === "string" ? body : JSON.stringify(body),
    },
    place,
  );
  return [operation.name, ...operation.accesses.map(({ action, resource }) => `${action} ${resource}`)];
}

function s3(method: string, path: string, headers: Record<string, string> = {}, body = ""): string[] {
  const operation = identify("s3", { method, url: new URL(path, "http://gateway"), headers, body }, place);
  return [operation.name, ...operation.accesses.map(({ action, resource }) => `${action} ${resource}`)];
}

const table = "arn:aws:dynamodb:eu-west-1:000000000000:table/things";
const queue = "arn:aws:sqs:eu-west-1:000000000000:work";

describe("a DynamoDB request", () => {
  it("needs its own action on its table", () => {
    expect(json("dynamodb", "DynamoDB_20120810.GetItem", { TableName: "things" })).toEqual([
      "GetItem",
      `dynamodb:GetItem ${table}`,
    ]);
  });

  it("needs it on the index when it asks an index", () => {
    expect(json("dynamodb", "DynamoDB_20120810.Query", { TableName: "things", IndexName: "by-kind" })).toEqual([
      "Query",
      `dynamodb:Query ${table}/index/by-kind`,
    ]);
  });

  it("takes a table's ARN for its name", () => {
    expect(json("dynamodb", "DynamoDB_20120810.PutItem", { TableName: table })[1]).toBe(`dynamodb:PutItem ${table}`);
  });

  it("needs the action on every table of a batch", () => {
    expect(json("dynamodb", "DynamoDB_20120810.BatchGetItem", { RequestItems: { things: {}, others: {} } })).toEqual([
      "BatchGetItem",
      `dynamodb:BatchGetItem ${table}`,
      "dynamodb:BatchGetItem arn:aws:dynamodb:eu-west-1:000000000000:table/others",
    ]);
  });

  it.each(["TransactWriteItems", "ExecuteStatement", ""])("is refused when it cannot be judged: %s", (name) => {
    expect(() => json("dynamodb", `DynamoDB_20120810.${name}`, { TableName: "things" })).toThrow(UnsupportedRequest);
  });

  it("is refused without a table, and when its body is not JSON", () => {
    expect(() => json("dynamodb", "DynamoDB_20120810.GetItem", {})).toThrow("without a TableName");
    expect(() => json("dynamodb", "DynamoDB_20120810.GetItem", "{")).toThrow("not JSON");
  });
});

describe("an SQS request", () => {
  it.each([
    ["SendMessage", "SendMessage"],
    ["SendMessageBatch", "SendMessage"],
    ["DeleteMessageBatch", "DeleteMessage"],
    ["ChangeMessageVisibilityBatch", "ChangeMessageVisibility"],
    ["ReceiveMessage", "ReceiveMessage"],
  ])("%s needs sqs:%s on its queue", (name, action) => {
    const body = { QueueUrl: "http://127.0.0.1:1/000000000000/work" };
    expect(json("sqs", `AmazonSQS.${name}`, body)).toEqual([name, `sqs:${action} ${queue}`]);
  });

  it("knows a queue by its name, and ListQueues by all of them", () => {
    expect(json("sqs", "AmazonSQS.GetQueueUrl", { QueueName: "work" })[1]).toBe(`sqs:GetQueueUrl ${queue}`);
    expect(json("sqs", "AmazonSQS.ListQueues", {})[1]).toBe("sqs:ListQueues arn:aws:sqs:eu-west-1:000000000000:*");
  });
});

describe("an S3 request", () => {
  it.each([
    ["GET", "/", "ListBuckets", "s3:ListAllMyBuckets *"],
    ["HEAD", "/bucket", "HeadBucket", "s3:ListBucket arn:aws:s3:::bucket"],
    ["GET", "/bucket?list-type=2&prefix=a", "ListObjects", "s3:ListBucket arn:aws:s3:::bucket"],
    ["GET", "/bucket/a/b.png?x-id=GetObject", "GetObject", "s3:GetObject arn:aws:s3:::bucket/a/b.png"],
    ["GET", "/bucket/a%20b%2Bc", "GetObject", "s3:GetObject arn:aws:s3:::bucket/a b+c"],
    ["HEAD", "/bucket/a", "HeadObject", "s3:GetObject arn:aws:s3:::bucket/a"],
    ["PUT", "/bucket/a", "PutObject", "s3:PutObject arn:aws:s3:::bucket/a"],
    ["DELETE", "/bucket/a", "DeleteObject", "s3:DeleteObject arn:aws:s3:::bucket/a"],
    ["POST", "/bucket/a?uploads=", "CreateMultipartUpload", "s3:PutObject arn:aws:s3:::bucket/a"],
    ["PUT", "/bucket/a?partNumber=1&uploadId=x", "UploadPart", "s3:PutObject arn:aws:s3:::bucket/a"],
    ["POST", "/bucket/a?uploadId=x", "CompleteMultipartUpload", "s3:PutObject arn:aws:s3:::bucket/a"],
    ["DELETE", "/bucket/a?uploadId=x", "AbortMultipartUpload", "s3:AbortMultipartUpload arn:aws:s3:::bucket/a"],
  ])("%s %s is %s and needs %s", (method, path, name, access) => {
    expect(s3(method, path)).toEqual([name, access]);
  });

  it("needs the right to read the source of a copy", () => {
    expect(s3("PUT", "/bucket/a", { "x-amz-copy-source": "/other/b%20c" })).toEqual([
      "CopyObject",
      "s3:PutObject arn:aws:s3:::bucket/a",
      "s3:GetObject arn:aws:s3:::other/b c",
    ]);
  });

  it("needs the right to delete each of several objects", () => {
    const body = "<Delete><Object><Key>a</Key></Object><Object><Key>b&amp;c</Key></Object></Delete>";
    expect(s3("POST", "/bucket?delete=", {}, body)).toEqual([
      "DeleteObjects",
      "s3:DeleteObject arn:aws:s3:::bucket/a",
      "s3:DeleteObject arn:aws:s3:::bucket/b&c",
    ]);
  });

  it.each([
    ["GET", "/bucket/a?acl="],
    ["PUT", "/bucket/a?tagging="],
    ["GET", "/bucket?versions="],
    ["POST", "/bucket/a"],
    ["PATCH", "/bucket/a"],
  ])("is refused when it cannot be judged: %s %s", (method, path) => {
    expect(() => s3(method, path)).toThrow(UnsupportedRequest);
  });
});
