import { GetObjectCommand, type S3Client, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, type QueueAttributeName, type SQSClient } from "@aws-sdk/client-sqs";

/** How many machines there are, and may be. */
export interface FleetSize {
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  readonly inService: number;
}

/** What became of a message: the time at which its picture, or its failure, was stored. Milliseconds since 1970. */
export interface Outcome {
  readonly kind: "picture" | "failure";
  readonly at: number;
}

/** A deployed url2png, here or on AWS, as a load test sees it. */
export interface Target {
  /** By how much alarms and scaling run faster than on AWS; 1 on AWS */
  readonly timeFactor: number;
  /** Messages in the queue: to be received, and in somebody's hand */
  backlog(): Promise<{ visible: number; inFlight: number }>;
  fleet(): Promise<FleetSize>;
  /** By the messages' ids; of other people's messages, too */
  outcomes(): Promise<ReadonlyMap<string, Outcome>>;
  /** The first bytes of a picture */
  head(id: string, bytes: number): Promise<Buffer>;
}

export interface TargetOptions {
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly queueUrl: string;
  readonly bucket: string;
  readonly timeFactor: number;
  /** Who knows the fleet's size: the Auto Scaling API, or this machine's fleet */
  readonly fleet: () => Promise<FleetSize>;
}

const ATTRIBUTES: QueueAttributeName[] = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];

/** A target that is asked through AWS's APIs. */
export function awsTarget({ sqs, s3, queueUrl, bucket, timeFactor, fleet }: TargetOptions): Target {
  return {
    timeFactor,
    fleet,
    async backlog() {
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ATTRIBUTES }),
      );
      const [visible = 0, inFlight = 0] = ATTRIBUTES.map((name) => Number(Attributes?.[name]));
      return { visible, inFlight };
    },
    async outcomes() {
      const found = new Map<string, Outcome>();
      for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) {
        for (const { Key = "", LastModified } of Contents) {
          const [, id, extension] = /^([\w-]+)\.(png|json)$/.exec(Key) ?? [];
          // A message that was delivered twice may have both: the picture counts.
          if (id === undefined || (extension === "json" && found.has(id))) continue;
          found.set(id, { kind: extension === "png" ? "picture" : "failure", at: LastModified?.getTime() ?? 0 });
        }
      }
      return found;
    },
    async head(id, bytes) {
      const { Body } = await s3.send(
        new GetObjectCommand({ Bucket: bucket, Key: `${id}.png`, Range: `bytes=0-${bytes - 1}` }),
      );
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    },
  };
}
