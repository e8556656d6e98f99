import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { failureKey, formatFailure, pictureKey, type Failure } from "../shared/result";

/** The bucket, as far as a worker uses it: it may write, and neither read nor delete. */
export class ResultStorage {
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
  ) {}

  /** Stores a PNG file; the same message again replaces it. */
  async storePicture(id: string, png: Buffer): Promise<void> {
    await this.store(pictureKey(id), png, "image/png");
  }

  async storeFailure(failure: Failure): Promise<void> {
    await this.store(failureKey(failure.id), formatFailure(failure), "application/json");
  }

  private async store(key: string, body: Buffer | string, type: string): Promise<void> {
    await this.client.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body, ContentType: type }));
  }
}
