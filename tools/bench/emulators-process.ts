// DynamoDB, S3 and SQS in a process of their own, with as many uploaded copies of a photo as asked for.
import { readFile } from "node:fs/promises";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { startAwsEmulators } from "../../__tests__/support/aws";
import { formatMessage } from "../../app-src/imagery/shared/message";
import { uploadKey } from "../../app-src/imagery/shared/process";
import { ProcessTable } from "../../app-src/imagery/shared/process-table";

const [photoFile = "", count = "0"] = process.argv.slice(2);
const aws = await startAwsEmulators();
const table = new ProcessTable(aws.dynamodb, aws.tableName);
const photo = photoFile === "" ? Buffer.alloc(0) : await readFile(photoFile);
const submit = async () => {
  const { id } = await table.create();
  const time = Date.now();
  await aws.s3.send(new PutObjectCommand({ Bucket: aws.bucket, Key: uploadKey(id, time), Body: photo }));
  await table.markUploaded(id, time);
  await aws.sqs.send(new SendMessageCommand({ QueueUrl: aws.queueUrl, MessageBody: formatMessage(id) }));
};
await Promise.all(Array.from({ length: Number(count) }, submit));
process.send?.(aws.environment);
