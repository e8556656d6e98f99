import { loadWorkerConfig } from "../shared/config";
import { createLogger } from "../shared/logger";
import { startWatchdog } from "../shared/watchdog";
import { startWorker } from "./worker";

const config = loadWorkerConfig(process.env);
const logger = createLogger("imagery-worker", config.LOG_LEVEL);
const worker = await startWorker(config, new URL("./", import.meta.url), logger);
startWatchdog({ environment: process.env, healthy: worker.healthy, logger });

/** Milliseconds after which the process ends in any case, before systemd would kill it. */
const DEADLINE_MS = 25_000;

let stopping = false;
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, "stopping");
    setTimeout(() => process.exit(0), DEADLINE_MS).unref();
    void worker.stop().then(() => process.exit(0));
  });
}
