import { Argument, Command } from "commander";
import { SettingsError } from "../../environments";
import { UsageError } from "../local/options";
import { stopOnSignal } from "../local/stop-on-signal";
import { wholeNumber } from "../local/whole-number";
import { PlainLog } from "../release/display/deployment-log";
import { EXIT, messageOf } from "../release/errors";
import { type ReleaseName, rehearse, releaseNames } from "./rehearsal";
import { type ReleaseReport, describeReports } from "./report";

interface Options {
  readonly rate: number;
  readonly workers: number;
  readonly keep?: true;
  readonly verbose?: true;
  readonly json?: true;
}

// A hint about Node versions that whoever rehearses did not ask for.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

const started = Date.now();
const program = new Command("npm run rehearse --")
  .description(
    "Releases new builds of imagery on this machine, under traffic and with the release command's own code: a good build, one " +
      "whose server is never healthy (bad), and one whose server ends at once (crash). No request may fail, and the capacity " +
      "may not fall below the minimum.",
  )
  .addArgument(
    new Argument("[releases...]", "what is released, in this order").choices(releaseNames).default([...releaseNames]),
  )
  .option("--rate <number>", "requests a second", wholeNumber(1, 200), 25)
  .option("--workers <number>", "instances of the fleet of workers", wholeNumber(1, 2), 1)
  .option("--keep", "leave the stack running after the report, until Ctrl-C")
  .option("--verbose", "show what the stack says, too")
  .option("--json", "one JSON document on standard output; everything else goes to standard error in any case")
  .exitOverride((error) => process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.refused))
  .parse();

const options = program.opts<Options>();
const running: { rehearsal?: Promise<unknown> } = {};
const signal = stopOnSignal(say, async () => {
  // It ends by itself, in order; how is said below.
  await running.rehearsal?.catch(() => undefined);
  return process.exitCode === EXIT.ok ? EXIT.ok : EXIT.interrupted;
});

try {
  const rehearsal = rehearse({
    releases: program.processedArgs[0] as ReleaseName[],
    rate: options.rate,
    capacity: { server: 2, worker: options.workers },
    say,
    ...(options.verbose && { stackLog: say }),
    deploymentLog: new PlainLog((text) => process.stderr.write(text)),
    signal,
    atTheEnd: async (local, reports) => {
      if (signal.aborted) return;
      report(reports);
      if (options.keep !== true) return;
      say(`${local.url ?? ""} goes on running (Ctrl-C ends it)`);
      await aborted();
    },
  });
  running.rehearsal = rehearsal;
  await rehearsal;
} catch (error) {
  if (!signal.aborted) {
    console.error(`error: ${messageOf(error)}`);
    process.exitCode = error instanceof UsageError || error instanceof SettingsError ? EXIT.refused : EXIT.failed;
  }
}

function report(reports: readonly ReleaseReport[]): void {
  const held = reports.every(({ broken }) => broken.length === 0);
  process.stdout.write(
    `${options.json === true ? JSON.stringify({ held, releases: reports }, undefined, 2) : describeReports(reports)}\n`,
  );
  process.exitCode = held ? EXIT.ok : EXIT.failed;
}

function aborted(): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        "abort",
        () => {
          resolve();
        },
        { once: true },
      );
  });
}

function say(line: string): void {
  process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)}s ${line}\n`);
}
