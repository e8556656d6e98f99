import { fileURLToPath } from "node:url";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { loadServerConfig } from "../shared/config";
import { createLogger } from "../../shared/logger";
import { ProcessTable } from "../shared/process-table";
import { startWatchdog } from "../../shared/watchdog";
import { ImageryServer } from "./server";
import { ImageStorage } from "./storage";
import { Sweeper } from "./sweeper";
import { WorkQueue } from "./work-queue";

/** systemd kills the process 30 s after SIGTERM; this leaves time to say why. */
const SHUTDOWN_MILLISECONDS = 25_000;

const config = loadServerConfig(process.env);
const logger = createLogger("imagery-server", config.LOG_LEVEL);

// Connections are kept and shared by the SDK itself; a service that does not answer is given up before the user is gone.
const client = {
  region: config.AWS_REGION,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
};
const processes = new ProcessTable(DynamoDBDocumentClient.from(new DynamoDBClient(client)), config.TABLE);
const storage = new ImageStorage(
  new S3Client({ ...client, requestHandler: { ...client.requestHandler, requestTimeout: 60_000 } }),
  config.BUCKET,
);
const queue = new WorkQueue(new SQSClient(client), config.QUEUE_URL);

const server = new ImageryServer({
  processes,
  storage,
  queue,
  logger,
  publicDirectory: fileURLToPath(new URL("public", import.meta.url)),
  imageOrigin: await storage.origin(),
});
const sweeper = new Sweeper({
  processes,
  queue,
  logger,
  intervalSeconds: config.SWEEP_INTERVAL_SECONDS,
  afterSeconds: config.SWEEP_AFTER_SECONDS,
});

let stopping = false;

async function stop(signal: NodeJS.Signals): Promise<void> {
  if (stopping) return;
  stopping = true;
  logger.info({ signal }, "shutting down");
  setTimeout(() => {
    logger.error({ seconds: SHUTDOWN_MILLISECONDS / 1000 }, "requests were still in hand; giving up");
    process.exit(1);
  }, SHUTDOWN_MILLISECONDS).unref();
  await Promise.all([server.close(), sweeper.stop()]);
  logger.info("stopped");
  process.exit(0);
}

for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, (received) => void stop(received));

const port = await server.listen(config.PORT);
sweeper.start();
// An event loop that turns is all that a server needs; what it depends on is no reason to replace it.
startWatchdog({ environment: process.env, healthy: () => true, logger });
logger.info({ port }, "listening");
