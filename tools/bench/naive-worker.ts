// The worker as one writes it first: a message at a time, jimp as it comes, a second's sleep when there is nothing to do.
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { Jimp } from "jimp";
import { parseMessage } from "../../app-src/imagery/shared/message";
import { processedKeyOf } from "../../app-src/imagery/shared/process";
import { ProcessTable } from "../../app-src/imagery/shared/process-table";

const { QUEUE_URL, BUCKET, TABLE = "" } = process.env;
const s3 = new S3Client({});
const sqs = new SQSClient({});
const table = new ProcessTable(DynamoDBDocumentClient.from(new DynamoDBClient({})), TABLE);

for (;;) {
  const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: QUEUE_URL }));
  if (!message) {
    await sleep(1000);
    continue;
  }
  const { imageId = "" } = parseMessage(message.Body) ?? {};
  const { rawKey = "" } = (await table.get(imageId)) ?? {};
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: rawKey }));
  const image = await Jimp.read(Buffer.from((await Body?.transformToByteArray()) ?? []));
  const png = await image.sepia().getBuffer("image/png");
  await s3.send(
    new PutObjectCommand({ Bucket: BUCKET, Key: processedKeyOf(rawKey), Body: png, ContentType: "image/png" }),
  );
  await table.markProcessed(imageId, rawKey);
  await sqs.send(new DeleteMessageCommand({ QueueUrl: QUEUE_URL, ReceiptHandle: message.ReceiptHandle }));
  console.log(JSON.stringify({ msg: "processed" }));
}
