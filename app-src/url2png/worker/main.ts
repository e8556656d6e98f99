import { createLogger } from "../../shared/logger";
import { stopOnSignal } from "../../shared/stop-on-signal";
import { startWatchdog } from "../../shared/watchdog";
import { loadWorkerConfig } from "../shared/config";
import { startWorker } from "./worker";

const config = loadWorkerConfig(process.env);
const logger = createLogger("url2png-worker", config.LOG_LEVEL);
const worker = await startWorker(config, logger);
startWatchdog({ environment: process.env, healthy: worker.healthy, logger });
stopOnSignal(worker, logger);
