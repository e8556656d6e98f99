import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";

/** An object that is in a bucket. */
export interface StoredObject {
  readonly key: string;
  /** Milliseconds since 1970 */
  readonly modifiedAt: number;
}

export interface ObjectContent {
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
}

/** Reads the buckets with the operator's rights. */
export class StoredObjects {
  private readonly client: S3Client;

  constructor(config: S3ClientConfig) {
    this.client = new S3Client({ ...config, forcePathStyle: true });
  }

  /** The objects that were written last, newest first. */
  async latest(bucket: string, count: number): Promise<StoredObject[]> {
    const objects: StoredObject[] = [];
    let token: string | undefined;
    do {
      const page = await this.client.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }));
      for (const { Key: key, LastModified } of page.Contents ?? []) {
        if (key !== undefined) objects.push({ key, modifiedAt: LastModified?.getTime() ?? 0 });
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return objects.sort((a, b) => b.modifiedAt - a.modifiedAt).slice(0, count);
  }

  /** An object with its content; undefined when there is none. */
  async read(bucket: string, key: string): Promise<ObjectContent | undefined> {
    try {
      const { Body, ContentType } = await this.client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return { contentType: ContentType, body: (await Body?.transformToByteArray()) ?? new Uint8Array() };
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }

  /** Ends its connections. */
  close(): void {
    this.client.destroy();
  }
}
