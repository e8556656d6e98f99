import type { Logger } from "./logger";

/** Milliseconds after which the process ends in any case, before systemd would kill it (`TimeoutStopSec=30s`). */
const DEADLINE_MS = 25_000;

/** Ends a worker's process at SIGTERM and SIGINT, once what it has in hand is done or given back. */
export function stopOnSignal(worker: { stop(): Promise<void> }, logger: Logger): void {
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
}
