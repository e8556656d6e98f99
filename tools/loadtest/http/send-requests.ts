import { setMaxListeners } from "node:events";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "./client";
import { type Look, Statistics, type Totals } from "./statistics";

/** Looks at most, however long a test takes: the chart has no more pixels. */
const MOST_LOOKS = 600;
/** Milliseconds before the next attempt where there was no connection, so that a server that is gone costs no processor. */
const PAUSE_MS = 100;

/** How a test ended: all requests sent, time up, Ctrl-C, or no server any more. */
export type Ending = "count" | "time" | "interrupted" | "gone";

export interface SendOptions {
  readonly client: Pick<Client, "get" | "close">;
  readonly requests: number;
  /** How many requests wait for their answers at the same time */
  readonly concurrency: number;
  /** Time for all of them */
  readonly seconds: number;
  readonly signal: AbortSignal;
  /** Told of each look, about once a second */
  readonly onLook?: (look: Look, totals: Totals) => void;
  /** Milliseconds in which every connection fails, and none times out, before the server counts as gone. Default: 10 s */
  readonly goneAfter?: number;
}

/** All that was seen. */
export interface SendResult {
  readonly sent: number;
  readonly totals: Totals;
  readonly looks: readonly Look[];
  readonly seconds: number;
  readonly ending: Ending;
  /** The share of the time in which this program itself was busy, from 0 to 1 */
  readonly busy: number;
}

/** Sends requests, each as soon as one of those before has come to its end. Closes the client. */
export async function sendRequests(options: SendOptions): Promise<SendResult> {
  const { client, requests, concurrency, signal, onLook, goneAfter = 10_000 } = options;
  const statistics = new Statistics();
  const looks: Look[] = [];
  const over = new AbortController();
  setMaxListeners(concurrency, over.signal); // each request may pause
  const begin = performance.now();
  const idle = performance.eventLoopUtilization();
  let ending: Ending = "count";
  let sent = 0;
  let failingSince: number | undefined;

  const elapsed = (): number => (performance.now() - begin) / 1000;
  const end = (how: Ending): void => {
    if (over.signal.aborted) return;
    ending = how;
    over.abort();
    client.close();
  };
  const look = (): void => {
    const seen = statistics.look(elapsed());
    looks.push(seen);
    onLook?.(seen, statistics.totals());
  };
  const sendOneAfterAnother = async (): Promise<void> => {
    while (sent < requests && !over.signal.aborted) {
      sent++;
      const start = performance.now();
      const outcome = await client.get();
      if (outcome.kind === "cut off") return;
      const now = performance.now();
      statistics.add(outcome, now - start);
      if (outcome.kind === "answer" || outcome.error === "time-out") {
        failingSince = undefined;
        continue;
      }
      failingSince ??= now;
      if (now - failingSince >= goneAfter) end("gone");
      await sleep(PAUSE_MS, undefined, { signal: over.signal }).catch(() => undefined); // only the end aborts it
    }
  };

  const lookMs = Math.max(1000, (options.seconds * 1000) / MOST_LOOKS);
  const looking = setInterval(look, lookMs);
  const timer = setTimeout(end, options.seconds * 1000, "time");
  const interrupt = (): void => {
    end("interrupted");
  };
  signal.addEventListener("abort", interrupt, { once: true });
  if (signal.aborted) interrupt();
  await Promise.all(Array.from({ length: Math.min(concurrency, requests) }, sendOneAfterAnother));

  const seconds = elapsed();
  const { utilization: busy } = performance.eventLoopUtilization(idle);
  clearInterval(looking);
  clearTimeout(timer);
  signal.removeEventListener("abort", interrupt);
  client.close();
  // What came in the last moment is in the totals; it is too short for a rate, unless there is nothing else to look at.
  const unseenMs = (seconds - (looks.at(-1)?.at ?? 0)) * 1000;
  if (looks.length === 0 || unseenMs > lookMs / 10) look();
  return { sent, totals: statistics.totals(), looks, seconds, ending, busy };
}
