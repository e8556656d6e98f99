import { setMaxListeners } from "node:events";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { Consumer } from "../../shared/consumer";
import { serveHealth } from "../../shared/health";
import type { Logger } from "../../shared/logger";
import { WorkQueue } from "../../shared/work-queue";
import type { WorkerConfig } from "../shared/config";
import { startGuardedBrowser, type WorkerBrowser } from "./guarded-browser";
import { PageJob } from "./job";
import { ResultStorage } from "./storage";

/** Milliseconds that pages in work get to come to an end when the worker stops. */
const GRACE_MS = 20_000;

const CONNECT_MS = 3_000;

/** Milliseconds of silence after which a call counts as failed. */
const SILENCE_MS = 10_000;

/** Seconds that a receive waits for a message. */
const WAIT_SECONDS = 10;

/** The same silence for SQS, which says nothing while a receive waits. */
const LONG_POLL_SILENCE_MS = WAIT_SECONDS * 1000 + SILENCE_MS;

export interface RunningWorker {
  /** Whether messages are worked on; not while it stops. */
  readonly healthy: () => boolean;
  /** Gives back what is not begun, ends what is in work (20 s at most), and lets go of everything. */
  stop(): Promise<void>;
}

/** @param startBrowser starts what takes the pictures; the worker closes it */
export async function startWorker(
  config: WorkerConfig,
  logger: Logger,
  startBrowser: (config: WorkerConfig, logger: Logger) => Promise<WorkerBrowser> = startGuardedBrowser,
): Promise<RunningWorker> {
  const client = (silence: number) => ({
    region: config.AWS_REGION,
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: silence },
  });
  // With "Expect: 100-continue", its default for large bodies, the SDK opens a connection for every picture.
  const s3 = new S3Client({ ...client(SILENCE_MS), expectContinueHeader: false });
  const sqs = new SQSClient(client(LONG_POLL_SILENCE_MS));

  const browser = await startBrowser(config, logger);
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal); // one for each page in work
  const consumer = new Consumer({
    queue: new WorkQueue(sqs, config.QUEUE_URL, config.VISIBILITY_TIMEOUT_SECONDS, WAIT_SECONDS),
    job: new PageJob({ browser, storage: new ResultStorage(s3, config.BUCKET), logger, stopping: stopping.signal }),
    logger,
    concurrency: config.CONCURRENCY,
    // A page takes as long as a hundred receives: what lay ready here would be missing from the length that scales the fleet, and
    // would wait while another worker is idle.
    receiveAtMost: config.CONCURRENCY,
    heartbeatMs: (config.VISIBILITY_TIMEOUT_SECONDS * 1000) / 3,
  });
  const healthy = () => consumer.alive && browser.usable;
  const health = await serveHealth(config.PORT, healthy);
  logger.info({ port: config.PORT, concurrency: config.CONCURRENCY }, "worker started");

  return {
    healthy,
    async stop() {
      await consumer.stop(GRACE_MS);
      stopping.abort();
      await browser.close();
      for (const each of [s3, sqs]) each.destroy();
      await health.close();
      logger.info("worker stopped");
    },
  };
}
