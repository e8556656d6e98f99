// SQS, an S3 and pages to photograph in a process of their own, with as many messages as asked for.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { startAwsEmulators } from "../../__tests__/support/aws";
import { formatMessage } from "../../app-src/url2png/shared/message";
import { servePages } from "../loadtest/pages";

const messages = Number(process.argv[2] ?? 0);

/** An S3 that takes everything and keeps nothing: an emulator's hashing would take cores that S3 does not take. */
const s3 = createServer((request, response) => {
  request.resume().on("end", () => response.setHeader("etag", '"0"').end());
}).listen(0, "127.0.0.1");
await once(s3, "listening");

const pages = await servePages();
const aws = await startAwsEmulators();
const submit = async (number: number) => {
  const body = formatMessage({ id: crypto.randomUUID(), url: pages.url(number) });
  await aws.sqs.send(new SendMessageCommand({ QueueUrl: aws.queueUrl, MessageBody: body }));
};
await Promise.all(Array.from({ length: messages }, (_, i) => submit(i)));
process.send?.({
  ...aws.environment,
  AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(s3.address() as AddressInfo).port}`,
  PAGE: pages.url(0),
});
