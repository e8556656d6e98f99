import { constants } from "node:fs";
import { access, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { SettingsError } from "../../environments";
import type { Log } from "../local/log";
import { UsageError } from "../local/options";
import { stopOnSignal } from "../local/stop-on-signal";
import { explain } from "../release/command";
import { EXIT } from "../release/errors";

/** What every load test is told. */
export interface Run {
  /** Takes lines for people, which go to standard error */
  readonly say: Log;
  /** Aborted by Ctrl-C: the test ends in order, with a report of what it has seen */
  readonly signal: AbortSignal;
}

/** What every load test has to show in the end. */
export interface Findings {
  /** The chart, as an SVG file */
  readonly svg: string;
  readonly report: { readonly broken: readonly string[] };
  /** The report as people read it */
  readonly text: string;
}

/** Options that every load test takes. */
export interface ReportOptions {
  /** Where the chart goes */
  readonly chart: string;
  readonly json?: true;
}

/**
 * Runs a load test and hands over what it has found: the chart in its file, the report on standard output, and the exit code. An
 * impossible request ends in one line.
 * @param what what was asked for. Options that are impossible make it throw UsageError.
 */
export async function runTest(options: ReportOptions, what: (run: Run) => Promise<Findings>): Promise<void> {
  const started = Date.now();
  const say = (line: string): void => {
    process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)}s ${line}\n`);
  };
  const running: { test?: Promise<void> } = {};
  const signal = stopOnSignal(say, async () => {
    // It ends by itself, in order.
    await running.test?.catch(() => undefined);
    return EXIT.interrupted;
  });
  const test = async (): Promise<void> => {
    await mustBeWritable(options.chart);
    const { svg, report, text } = await what({ say, signal });
    await writeFile(options.chart, svg);
    say(`chart: ${options.chart}`);
    process.stdout.write(`${options.json === true ? JSON.stringify(report, undefined, 2) : text}\n`);
    process.exitCode = report.broken.length === 0 ? EXIT.ok : EXIT.failed;
  };
  try {
    running.test = test();
    await running.test;
  } catch (error) {
    if (signal.aborted) return;
    const known = error instanceof UsageError || error instanceof SettingsError ? error.message : explain(error);
    if (known === undefined) throw error;
    console.error(`error: ${known}`);
    process.exitCode = EXIT.refused;
  }
}

/** Known before the test, which takes minutes. @throws UsageError */
async function mustBeWritable(chart: string): Promise<void> {
  try {
    await access(dirname(chart), constants.W_OK);
  } catch (error) {
    throw new UsageError(`--chart ${chart}: nothing can be written there (${(error as Error).message})`, {
      cause: error,
    });
  }
}
