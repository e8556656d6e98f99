// DynamoDB, S3 and SQS in a process of their own, with as many uploaded copies of a photo as asked for.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { startAwsEmulators } from "../../__tests__/support/aws";
import { formatMessage } from "../../app-src/imagery/shared/message";
import { ProcessTable } from "../../app-src/imagery/shared/process-table";

const [photoFile = "", count = "0"] = process.argv.slice(2);
const photo = photoFile === "" ? Buffer.alloc(0) : await readFile(photoFile);

/**
 * An S3 in which every object is the photo, and what is stored is read to its end and forgotten: the emulator's hashing and
 * keeping of nine megabytes an image would take cores from the worker that S3 does not take.
 */
const s3 = createServer((request, response) => {
  request.resume().on("end", () => {
    response.setHeader("etag", '"0"');
    response.end(request.method === "GET" ? photo : undefined);
  });
}).listen(0, "127.0.0.1");
await once(s3, "listening");

const aws = await startAwsEmulators();
const table = new ProcessTable(aws.dynamodb, aws.tableName);
const submit = async () => {
  const { id } = await table.create();
  await table.markUploaded(id, Date.now());
  await aws.sqs.send(new SendMessageCommand({ QueueUrl: aws.queueUrl, MessageBody: formatMessage(id) }));
};
await Promise.all(Array.from({ length: Number(count) }, submit));
process.send?.({
  ...aws.environment,
  AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(s3.address() as AddressInfo).port}`,
});
