import { execFile } from "node:child_process";
import type { Logger } from "./logger";

/** Milliseconds after which a service that was not healthy is looked at again. */
const LOOK_AGAIN_MS = 1000;

export interface WatchdogOptions {
  /** The process's environment, in which systemd says where and how often it wants to hear (sd_watchdog_enabled(3)). */
  readonly environment: NodeJS.ProcessEnv;
  /** Whether the service can do its work; while it cannot, systemd hears nothing, and ends it after `WatchdogSec=`. */
  readonly healthy: () => boolean;
  readonly logger: Pick<Logger, "error">;
  /** Program that carries the message, as Node has no datagram sockets of AF_UNIX. Default: systemd's own. */
  readonly notify?: string;
}

/**
 * Tells systemd's watchdog twice in its time that the service is healthy, from now on. That the timer fires is half of the
 * message: a process whose event loop is stuck says nothing and is replaced. Without a watchdog it does nothing.
 * @returns ends the messages
 */
export function startWatchdog({
  environment: { NOTIFY_SOCKET, WATCHDOG_USEC },
  healthy,
  logger,
  notify = "/usr/bin/systemd-notify",
}: WatchdogOptions): () => void {
  const watchdogMs = Number(WATCHDOG_USEC ?? 0) / 1000;
  if (NOTIFY_SOCKET === undefined || !(watchdogMs > 0)) return () => undefined;

  let timer: NodeJS.Timeout;
  const look = (): void => {
    const isHealthy = healthy();
    if (isHealthy) {
      execFile(notify, ["--status=healthy", "WATCHDOG=1"], { env: { NOTIFY_SOCKET }, timeout: watchdogMs }, (error) => {
        if (error) logger.error({ err: error }, "could not tell the watchdog that all is well");
      });
    }
    timer = setTimeout(look, isHealthy ? watchdogMs / 2 : Math.min(LOOK_AGAIN_MS, watchdogMs / 2)).unref();
  };
  look();
  return () => {
    clearTimeout(timer);
  };
}
