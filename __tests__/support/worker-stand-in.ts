import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { processedKeyOf } from "../../app-src/imagery/shared/process";
import type { ProcessTable } from "../../app-src/imagery/shared/process-table";
import type { AwsEmulators } from "./aws";
import { eventually } from "./eventually";
import { sepia } from "./photo";

/** Waits until an image is uploaded, and does what a worker would. */
export async function processAsWorker(aws: AwsEmulators, processes: ProcessTable, id: string): Promise<void> {
  const rawKey = await uploadedKey(processes, id);
  const { Body } = await aws.s3.send(new GetObjectCommand({ Bucket: aws.bucket, Key: rawKey }));
  const result = await sepia(Buffer.from((await Body?.transformToByteArray()) ?? []));
  await aws.s3.send(
    new PutObjectCommand({ Bucket: aws.bucket, Key: processedKeyOf(rawKey), Body: result, ContentType: "image/png" }),
  );
  await processes.markProcessed(id, rawKey);
}

/** Waits until an image is uploaded. */
export async function uploadedKey(processes: ProcessTable, id: string): Promise<string> {
  return eventually(`the upload of ${id}`, async () => (await processes.get(id))?.rawKey);
}
