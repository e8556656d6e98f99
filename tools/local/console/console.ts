import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Log } from "../log";
import { UsageError } from "../options";
import { createApp } from "./app";
import { Broadcast } from "./broadcast";
import { makePage } from "./page";
import { LatestPictures } from "./pictures";
import type { ConsoleSource } from "./source";
import type { ConsoleView } from "./view";

export type { ConsoleSource } from "./source";

export interface ConsoleOptions {
  /** Where it listens; 0 for a free port. */
  readonly port: number;
  /** Whoever reaches the console may kill processes: it is for this machine alone. */
  readonly host: "127.0.0.1";
  /** What it shows. */
  readonly stack: ConsoleSource;
  /** Takes a line per error. */
  readonly log: Log;
  /** Milliseconds from one look at the stack to the next @default 1000 */
  readonly intervalMs?: number;
}

export interface RunningConsole {
  /** "http://localhost:8081" */
  readonly url: string;
  /** How many pages watch at this moment. */
  readonly viewers: number;
  /** Tells every page that the stack has stopped, and frees the port. */
  close(): Promise<void>;
}

/** What is being sent may take a moment at the end, and a viewer that does not read would take for ever. */
const closingMs = 500;

/**
 * Serves a page that shows a running stack and can make it suffer.
 * @throws UsageError when the port is taken
 */
export async function startConsole({
  port,
  host,
  stack,
  log,
  intervalMs = 1000,
}: ConsoleOptions): Promise<RunningConsole> {
  const pictures = new LatestPictures(stack);
  const broadcast = new Broadcast(() => look(stack, pictures), intervalMs, log);
  const server = createServer(createApp({ source: stack, page: await makePage(), broadcast, log }));
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new UsageError(`port ${port} is taken by another program: choose another one with --console-port`, {
      cause: error,
    });
  }
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    get viewers() {
      return broadcast.size;
    },
    close: async () => {
      const closed = once(server, "close");
      server.close();
      broadcast.close();
      const impatience = setTimeout(() => {
        server.closeAllConnections();
      }, closingMs);
      await closed;
      clearTimeout(impatience);
    },
  };
}

/** A stack whose pictures cannot be listed has everything else to show. */
async function look(stack: ConsoleSource, pictures: LatestPictures): Promise<ConsoleView> {
  const snapshot = await stack.snapshot();
  try {
    return { snapshot, pictures: await pictures.look(snapshot.buckets) };
  } catch (error) {
    return { snapshot, pictures: [], trouble: `the pictures cannot be listed: ${(error as Error).message}` };
  }
}
