import { loadWorkerConfig } from "../shared/config";
import { createLogger } from "../../shared/logger";
import { stopOnSignal } from "../../shared/stop-on-signal";
import { startWatchdog } from "../../shared/watchdog";
import { startWorker } from "./worker";

const config = loadWorkerConfig(process.env);
const logger = createLogger("imagery-worker", config.LOG_LEVEL);
const worker = await startWorker(config, new URL("./", import.meta.url), logger);
startWatchdog({ environment: process.env, healthy: worker.healthy, logger });
stopOnSignal(worker, logger);
