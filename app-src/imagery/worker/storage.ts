import type { Readable } from "node:stream";
import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { MAX_UPLOAD_BYTES } from "../shared/image-file";
import { UnusableImageError } from "./unusable-image";

/** The application's bucket, as far as a worker uses it. */
export class ImageStorage {
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
  ) {}

  /**
   * @returns the object in a Buffer that fills its ArrayBuffer, so that it can be transferred to a thread
   * @throws UnusableImageError when there is no such object any more, or it is larger than an upload can be
   */
  async fetch(key: string): Promise<Buffer> {
    try {
      const { Body, ContentLength = 0 } = await this.client.send(
        new GetObjectCommand({ Bucket: this.bucket, Key: key }),
      );
      if (!Body) throw new Error(`the object ${key} came without a body`);
      const body = Body as Readable;
      if (ContentLength > MAX_UPLOAD_BYTES) {
        body.destroy();
        throw new UnusableImageError(`The file has ${ContentLength} bytes; at most ${MAX_UPLOAD_BYTES} are allowed.`);
      }
      const bytes = Buffer.from(new ArrayBuffer(ContentLength));
      let at = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) at += chunk.copy(bytes, at);
      if (at !== ContentLength) throw new Error(`only ${at} of the ${ContentLength} bytes of ${key} came`);
      return bytes;
    } catch (error) {
      if (!(error instanceof NoSuchKey)) throw error;
      throw new UnusableImageError("The uploaded file is no longer stored. Please upload it again.", error);
    }
  }

  /**
   * Stores a PNG file. S3 compares what it got with the CRC that the SDK sends, and refuses anything else. The signature
   * leaves the body out, as it does for every stream: a second hash, SHA-256, would take as long as all the rest of this.
   */
  async store(key: string, png: Buffer): Promise<void> {
    const command = new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: png, ContentType: "image/png" });
    command.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { headers: Record<string, string> };
        headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD";
        return next(args);
      },
      { step: "build", name: "leaveBodyUnsigned" },
    );
    await this.client.send(command);
  }
}
