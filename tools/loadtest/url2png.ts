import { startConsole } from "../local/console/console";
import { UsageError } from "../local/options";
import { BacklogLine } from "./backlog-line";
import { renderChart } from "./chart";
import { LiveView } from "./live-view";
import { runLoadTest } from "./load-test";
import { describeReport, reportOf } from "./report";
import type { Findings, ReportOptions, Run } from "./run";
import { type DeployedTargetOptions, type Prepared, deployedTarget, localTarget } from "./targets";

export interface Url2PngOptions extends ReportOptions {
  readonly messages: number;
  readonly timeout: number;
  readonly timeFactor: number;
  readonly consolePort: number;
  readonly verbose?: true;
  readonly deployed?: true;
  readonly queueUrl?: string;
  readonly bucket?: string;
  readonly fleet?: string;
  readonly url?: string;
}

/** Sends many messages at once to url2png, here or on AWS, and watches its fleet follow. */
export async function testUrl2Png(options: Url2PngOptions, run: Run): Promise<Findings> {
  const { messages, timeout } = options;
  // Closed in this order: the console before the stack that it shows.
  const closers: (() => Promise<void>)[] = [];
  try {
    const prepared = await prepare(options, run, closers);
    const view = new LiveView(process.stderr);
    const line = new BacklogLine();
    run.say(`sends ${messages} messages`);
    const result = await runLoadTest({
      target: prepared.target,
      send: () => prepared.send(messages),
      timeout,
      signal: run.signal,
      onSample: (sample, total) => {
        view.show(sample.at, () => line.describe(sample, total));
      },
    });
    view.end();
    const report = reportOf(result, prepared.target.timeFactor);
    const svg = renderChart(`url2png: ${messages} messages`, result.samples);
    return { svg, report, text: describeReport(report) };
  } finally {
    for (const close of closers) await close();
  }
}

async function prepare(
  options: Url2PngOptions,
  { say, signal }: Run,
  closers: (() => Promise<void>)[],
): Promise<Prepared> {
  if (options.deployed === true) return close(deployedTarget(deployedOptions(options)));
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

function deployedOptions(options: Url2PngOptions): DeployedTargetOptions {
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
