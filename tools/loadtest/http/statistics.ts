import { type RecordableHistogram, createHistogram } from "node:perf_hooks";
import type { Outcome } from "./client";

/** Microseconds that a latency can have at most: twice the longest time-out that can be asked for. */
const HIGHEST = 7200 * 1_000_000;

/** Milliseconds, from the beginning of a request to the last byte of its answer. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What came to an end between two looks. */
export interface Look {
  /** Seconds since the test began */
  readonly at: number;
  /** Seconds since the look before */
  readonly seconds: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Of the requests that succeeded; undefined when none did */
  readonly latency: Percentiles | undefined;
}

/** What was counted so far. */
export interface Totals {
  /** Answers with a status below 400 */
  readonly succeeded: number;
  /** Other answers, and requests that got none */
  readonly failed: number;
  /** Of the answers' bodies */
  readonly bytes: number;
  /** Answers by status */
  readonly statusCodes: ReadonlyMap<number, number>;
  /** Failures by kind, such as "time-out" or "status 503" */
  readonly errors: ReadonlyMap<string, number>;
  /** In milliseconds, of the requests that succeeded; undefined when none did */
  readonly latency: (Percentiles & Record<"min" | "mean" | "p90" | "max", number>) | undefined;
}

/**
 * Counts what becomes of requests, in memory that does not grow with their number: latencies are kept in histograms with three
 * significant figures.
 */
export class Statistics {
  #succeeded = 0;
  #failed = 0;
  #bytes = 0;
  readonly #statusCodes = new Map<number, number>();
  readonly #errors = new Map<string, number>();
  readonly #latencies = newHistogram();
  /** Since the last look */
  readonly #recent = { at: 0, succeeded: 0, failed: 0, latencies: newHistogram() };

  /** @param latency milliseconds */
  add(outcome: Exclude<Outcome, { kind: "cut off" }>, latency: number): void {
    if (outcome.kind === "answer") {
      this.#bytes += outcome.bytes;
      count(this.#statusCodes, outcome.status);
      if (outcome.status < 400) {
        this.#succeeded++;
        const microseconds = Math.max(1, Math.round(latency * 1000));
        this.#latencies.record(microseconds);
        this.#recent.latencies.record(microseconds);
        return;
      }
    }
    this.#failed++;
    count(this.#errors, outcome.kind === "answer" ? `status ${outcome.status}` : outcome.error);
  }

  /** What has changed since the last look. @param at seconds since the test began */
  look(at: number): Look {
    const { latencies, ...before } = this.#recent;
    const look = {
      at,
      seconds: at - before.at,
      succeeded: this.#succeeded - before.succeeded,
      failed: this.#failed - before.failed,
      latency: percentilesOf(latencies),
    };
    latencies.reset();
    Object.assign(this.#recent, { at, succeeded: this.#succeeded, failed: this.#failed });
    return look;
  }

  totals(): Totals {
    const all = this.#latencies;
    const percentiles = percentilesOf(all);
    return {
      succeeded: this.#succeeded,
      failed: this.#failed,
      bytes: this.#bytes,
      statusCodes: this.#statusCodes,
      errors: this.#errors,
      latency: percentiles && {
        min: all.min / 1000,
        mean: all.mean / 1000,
        ...percentiles,
        p90: all.percentile(90) / 1000,
        max: all.max / 1000,
      },
    };
  }
}

function newHistogram(): RecordableHistogram {
  return createHistogram({ lowest: 1, highest: HIGHEST, figures: 3 });
}

function percentilesOf(histogram: RecordableHistogram): Percentiles | undefined {
  if (histogram.count === 0) return undefined;
  const at = (percent: number): number => histogram.percentile(percent) / 1000;
  return { p50: at(50), p95: at(95), p99: at(99) };
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
