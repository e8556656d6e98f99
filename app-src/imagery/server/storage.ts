import { Readable } from "node:stream";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

/** How long a URL of a processed image works, in seconds. */
const URL_SECONDS = 300;

/** The smallest part that S3 takes; a file that fits into one is stored with a single request. */
const PART_BYTES = 5 * 1024 * 1024;

/** The application's bucket, as far as the server uses it. */
export class ImageStorage {
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
  ) {}

  /**
   * Stores what arrives, holding one part of it in memory at a time. When the bytes throw, nothing is stored, the parts that
   * were are removed, and the bytes' own error is thrown.
   */
  async store(key: string, contentType: string, bytes: AsyncIterable<Buffer>): Promise<void> {
    const upload = new Upload({
      client: this.client,
      params: {
        Bucket: this.bucket,
        Key: key,
        ContentType: contentType,
        Body: Readable.from(bytes, { objectMode: false }),
      },
      partSize: PART_BYTES,
      queueSize: 1,
    });
    await upload.done();
  }

  /** A URL that gives anyone who has it the object for five minutes, to show or (by its link) to save. */
  async temporaryUrl(key: string): Promise<string> {
    const name = key.slice(key.lastIndexOf("/") + 1);
    return getSignedUrl(
      this.client,
      new GetObjectCommand({
        Bucket: this.bucket,
        Key: key,
        // An image element ignores this; a link to another origin is saved instead of opened only because of it.
        ResponseContentDisposition: `attachment; filename="${name}"`,
      }),
      { expiresIn: URL_SECONDS },
    );
  }

  /** Where temporary URLs point to: what the page's content security policy has to allow as a source of images. */
  async origin(): Promise<string> {
    return new URL(await this.temporaryUrl("processed/any.png")).origin;
  }
}
