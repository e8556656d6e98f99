// The worker as one writes it first: a browser for every message, and in the old design one message at a time with a second's
// sleep after each. CONCURRENCY and SLEEP_MS say which.
import { setTimeout as sleep } from "node:timers/promises";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { launch } from "puppeteer-core";
import { parseMessage } from "../../app-src/url2png/shared/message";
import { BARE_FLAGS } from "./bare-flags";

const { QUEUE_URL, BUCKET, CHROMIUM_PATH = "", CONCURRENCY = "1", SLEEP_MS = "0" } = process.env;
process.on("SIGTERM", () => process.exit()); // puppeteer ends its browsers with the process

const s3 = new S3Client({ forcePathStyle: true });
const sqs = new SQSClient({});

await Promise.all(Array.from({ length: Number(CONCURRENCY) }, loop));

async function loop(): Promise<never> {
  for (;;) {
    const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: QUEUE_URL }));
    const work = parseMessage(message?.Body);
    if (message !== undefined && work !== undefined) {
      const browser = await launch({ executablePath: CHROMIUM_PATH, args: BARE_FLAGS, handleSIGTERM: false });
      const page = await browser.newPage();
      await page.setViewport({ width: 1024, height: 768 });
      await page.goto(work.url);
      const png = await page.screenshot();
      await browser.close();
      await s3.send(
        new PutObjectCommand({ Bucket: BUCKET, Key: `${work.id}.png`, Body: png, ContentType: "image/png" }),
      );
      await sqs.send(new DeleteMessageCommand({ QueueUrl: QUEUE_URL, ReceiptHandle: message.ReceiptHandle }));
      console.log(JSON.stringify({ msg: "photographed" }));
    }
    await sleep(Number(SLEEP_MS));
  }
}
