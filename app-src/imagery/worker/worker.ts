import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { Consumer } from "../../shared/consumer";
import { serveHealth } from "../../shared/health";
import type { Logger } from "../../shared/logger";
import { WorkQueue } from "../../shared/work-queue";
import type { WorkerConfig } from "../shared/config";
import { ProcessTable } from "../shared/process-table";
import { loadCodecModules } from "./codecs";
import { ImageJob } from "./job";
import { SepiaPool } from "./sepia-pool";
import { ImageStorage } from "./storage";

/** Milliseconds that images in work get to come to an end when the worker stops. */
const GRACE_MS = 20_000;

const CONNECT_MS = 3_000;

/** Milliseconds of silence after which a call counts as failed. */
const SILENCE_MS = 10_000;

/** Seconds that a receive waits for a message: the most that SQS offers. */
const WAIT_SECONDS = 20;

/** The same silence for SQS, which says nothing while a receive waits. */
const LONG_POLL_SILENCE_MS = WAIT_SECONDS * 1000 + SILENCE_MS;

export interface RunningWorker {
  /** Whether messages are worked on; not while it stops. */
  readonly healthy: () => boolean;
  /** Gives back what is not begun, ends what is in work (20 s at most), and lets go of everything. */
  stop(): Promise<void>;
}

/** @param folder of the bundles, with `worker-thread.js` and `codecs/`; ending in a slash */
export async function startWorker(config: WorkerConfig, folder: URL, logger: Logger): Promise<RunningWorker> {
  const client = (silence: number) => ({
    region: config.AWS_REGION,
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: silence },
  });
  const dynamodb = new DynamoDBClient(client(SILENCE_MS));
  // With "Expect: 100-continue", its default for large bodies, the SDK opens a connection for every image.
  const s3 = new S3Client({ ...client(SILENCE_MS), expectContinueHeader: false });
  const sqs = new SQSClient(client(LONG_POLL_SILENCE_MS));

  const pool = new SepiaPool({
    threadFile: new URL("worker-thread.js", folder),
    codecs: await loadCodecModules(new URL("codecs/", folder)),
    threads: config.THREADS,
  });
  const job = new ImageJob({
    table: new ProcessTable(DynamoDBDocumentClient.from(dynamodb), config.TABLE),
    storage: new ImageStorage(s3, config.BUCKET),
    pool,
    logger,
  });
  const consumer = new Consumer({
    queue: new WorkQueue(sqs, config.QUEUE_URL, config.VISIBILITY_TIMEOUT_SECONDS, WAIT_SECONDS),
    job,
    logger,
    // More than threads, so that fetching and storing overlap with their work.
    concurrency: 2 * config.THREADS,
    heartbeatMs: (config.VISIBILITY_TIMEOUT_SECONDS * 1000) / 3,
  });
  const healthy = () => consumer.alive && pool.usable;
  const health = await serveHealth(config.PORT, healthy);
  logger.info({ port: config.PORT, threads: config.THREADS }, "worker started");

  return {
    healthy,
    async stop() {
      await consumer.stop(GRACE_MS);
      await pool.close();
      for (const each of [dynamodb, s3, sqs]) each.destroy();
      await health.close();
      logger.info("worker stopped");
    },
  };
}
