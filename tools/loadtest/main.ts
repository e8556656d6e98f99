import { constants } from "node:fs";
import { access, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Argument, Command } from "commander";
import { SettingsError } from "../../environments";
import { startConsole } from "../local/console/console";
import { UsageError } from "../local/options";
import { stopOnSignal } from "../local/stop-on-signal";
import { wholeNumber } from "../local/whole-number";
import { explain } from "../release/command";
import { EXIT } from "../release/errors";
import { renderChart } from "./chart";
import { LiveView } from "./live-view";
import { runLoadTest } from "./load-test";
import { describeReport, reportOf } from "./report";
import { type Prepared, deployedTarget, localTarget } from "./targets";

interface Options {
  readonly messages: number;
  readonly chart: string;
  readonly timeout: number;
  readonly timeFactor: number;
  readonly consolePort: number;
  readonly verbose?: true;
  readonly json?: true;
  readonly deployed?: true;
  readonly queueUrl?: string;
  readonly bucket?: string;
  readonly fleet?: string;
  readonly url?: string;
}

// A hint about Node versions that whoever tests did not ask for.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

const started = Date.now();
const program = new Command("npm run loadtest")
  .description(
    "Sends many messages at once, and watches the fleet grow, drain the queue and shrink: on this machine, where the " +
      "synthesized alarms and scaling policies drive the fleet, or with --deployed on AWS.",
  )
  .addArgument(new Argument("<stack>", "what is tested").choices(["url2png"]))
  .option("--messages <count>", "messages that are sent at once", wholeNumber(1, 100_000), 250)
  .option("--chart <file>", "where the chart goes (SVG)", "loadtest.svg")
  .option("--timeout <seconds>", "time for all of it", wholeNumber(1, 86_400), 900)
  .option("--time-factor <n>", "alarms and scaling run this much faster, on this machine", wholeNumber(1, 100), 30)
  .option("--console-port <port>", "port of the console page, on this machine", wholeNumber(0, 65_535), 8081)
  .option("--verbose", "show what the stack says, too")
  .option("--json", "print the report as JSON; everything else goes to standard error in any case")
  .option("--deployed", "test the stack on AWS: its outputs are the next three options")
  .option("--queue-url <url>", "with --deployed (default: QUEUE_URL of the environment)")
  .option("--bucket <name>", "with --deployed (default: BUCKET of the environment)")
  .option("--fleet <name>", "with --deployed: the Auto Scaling group (default: WORKER_FLEET of the environment)")
  .option("--url <url>", "with --deployed: the page to photograph, one that may be opened so often")
  .addHelpText(
    "after",
    "\nExit codes: 0 all came to an end and the fleet followed, 1 not so, 2 not possible, 130 interrupted.",
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.refused))
  .parse();

const options = program.opts<Options>();
const running: { test?: Promise<void> } = {};
const signal = stopOnSignal(say, async () => {
  // It ends by itself, in order.
  await running.test?.catch(() => undefined);
  return EXIT.interrupted;
});

try {
  running.test = run();
  await running.test;
} catch (error) {
  if (!signal.aborted) {
    const known = error instanceof UsageError || error instanceof SettingsError ? error.message : explain(error);
    if (known === undefined) throw error;
    console.error(`error: ${known}`);
    process.exitCode = EXIT.refused;
  }
}

async function run(): Promise<void> {
  await mustBeWritable(options.chart);
  const closers: (() => Promise<void>)[] = [];
  try {
    const prepared = await prepare(closers);
    const view = new LiveView(process.stderr);
    say(`sends ${options.messages} messages`);
    const result = await runLoadTest({
      target: prepared.target,
      send: () => prepared.send(options.messages),
      timeout: options.timeout,
      signal,
      onSample: (sample, total) => {
        view.show(sample, total);
      },
    });
    view.end();
    const report = reportOf(result, prepared.target.timeFactor);
    await writeFile(options.chart, renderChart(`url2png: ${options.messages} messages`, result.samples));
    say(`chart: ${options.chart}`);
    const text = options.json === true ? JSON.stringify(report, undefined, 2) : describeReport(report);
    process.stdout.write(`${text}\n`);
    process.exitCode = report.broken.length === 0 ? EXIT.ok : EXIT.failed;
  } finally {
    for (const close of closers) await close();
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

/** @param closers gets what is to be closed in the end, in this order: the console before the stack that it shows */
async function prepare(closers: (() => Promise<void>)[]): Promise<Prepared> {
  if (options.deployed === true) return close(deployedTarget(deployedOptions()));
  say(`starts url2png on this machine; time passes ${options.timeFactor} times faster for alarms and scaling`);
  return close(
    await localTarget({
      timeFactor: options.timeFactor,
      log: options.verbose === true ? say : () => undefined,
      signal,
      onStack: async (local) => {
        const page = await startConsole({ port: options.consolePort, host: "127.0.0.1", stack: local, log: say });
        closers.push(() => page.close());
        say(`console: ${page.url}`);
      },
    }),
  );

  function close(prepared: Prepared): Prepared {
    closers.push(() => prepared.close());
    return prepared;
  }
}

function deployedOptions() {
  const { QUEUE_URL, BUCKET, WORKER_FLEET } = process.env;
  const found = {
    "--queue-url": options.queueUrl ?? QUEUE_URL,
    "--bucket": options.bucket ?? BUCKET,
    "--fleet": options.fleet ?? WORKER_FLEET,
    "--url": options.url,
  };
  const missing = Object.entries(found).filter(([, value]) => value === undefined || value === "");
  if (missing.length > 0) {
    throw new UsageError(
      `--deployed needs ${missing.map(([name]) => name).join(", ")} (outputs of the stack: npx cdktf output url2png)`,
    );
  }
  const [queueUrl = "", bucket = "", fleet = "", url = ""] = Object.values(found);
  return { queueUrl, bucket, fleet, url };
}

function say(line: string): void {
  process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)}s ${line}\n`);
}
