#!/usr/bin/env tsx
import { Command, InvalidArgumentError } from "commander";
import { destinationOf, type Destination } from "./destination";
import { InvalidUrlError } from "./errors";
import { explain } from "./explain";
import { Pages, type Page } from "./pages";
import { Url2Png, type Url2PngOptions } from "./url2png";
import { UsageError } from "./usage-error";

interface Options {
  readonly wait?: boolean;
  readonly output?: string;
  readonly timeout: number;
  readonly json?: boolean;
  readonly queueUrl?: string;
  readonly bucket?: string;
}

const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** The longest time-out, in seconds: a day. */
const MAX_TIMEOUT = 86_400;

// A hint about Node versions that whoever wants a picture did not ask for.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

await new Command("npx url2png")
  .description(
    "Photographs web pages: sends their URLs to the queue of the stack url2png, which puts a PNG into its bucket.",
  )
  .argument("<url...>", "pages, http or https")
  .option("--wait", "wait until each is photographed, or is known to be one that cannot be")
  .option("--output <file>", "save the picture, `-` is the standard output; of several pages: a folder. Implies --wait")
  .option("--timeout <seconds>", "time to wait", seconds, 120)
  .option("--json", "print one JSON document; all else goes to the standard error")
  .option("--queue-url <url>", "the stack's output `queue_url`; default: QUEUE_URL of the environment")
  .option("--bucket <name>", "the stack's output `bucket`; default: BUCKET of the environment")
  .addHelpText(
    "after",
    "\nThe region is the queue's; credentials and endpoint are those of the AWS SDK (AWS_PROFILE, AWS_ENDPOINT_URL, …).\n" +
      "Exit codes: 0 done, 1 a page could not be photographed, time is up or AWS refused, 2 wrong usage (nothing was sent), " +
      "130 interrupted.",
  )
  .showHelpAfterError("(--help shows what is possible)")
  .exitOverride((error) => process.exit(error.exitCode === 0 ? EXIT.done : EXIT.usage))
  .action(main)
  .parseAsync();

async function main(urls: string[], options: Options): Promise<void> {
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      interruption.abort();
    });
  }
  let pages: Pages | undefined;
  let problem: string | undefined;
  try {
    const destination = destinationOf(options, urls.length);
    const url2png = new Url2Png(whereTo(options));
    pages = new Pages(url2png, interruption.signal);
    await photograph(pages, urls, options, destination).finally(() => {
      url2png.close();
    });
    process.exitCode = pages.all.every(isFine) ? EXIT.done : EXIT.failed;
  } catch (error) {
    const { aborted } = interruption.signal;
    problem = aborted ? "interrupted; what was sent is still worked on" : explain(error);
    if (problem === undefined) throw error;
    process.exitCode = aborted ? EXIT.interrupted : exitCodeOf(error);
    say(`error: ${problem}`);
  }
  if (options.json !== true) return;
  const document = { pages: pages?.all ?? [], ...(problem !== undefined && { error: problem }) };
  print(JSON.stringify(document, undefined, 2));
}

async function photograph(
  pages: Pages,
  urls: readonly string[],
  { wait = false, timeout, json = false }: Options,
  destination: Destination | undefined,
): Promise<void> {
  const waits = wait || destination !== undefined;
  const printsLines = !json && destination?.isStandardOutput !== true;
  await pages.send(urls).finally(() => {
    for (const { url, location } of pages.all) {
      if (waits) say(`sent ${url}, its picture will be ${location}`);
      else if (printsLines) print(location);
    }
  });
  if (!waits) return;
  const onEnd = ({ state, url, location, file, message = "", reason }: Page): void => {
    if (state !== "photographed") say(`${url}: ${message}${reason === undefined ? "" : ` (${reason})`}`);
    else if (printsLines) print(file ?? location);
  };
  await pages.follow({ timeoutMs: timeout * 1000, destination, onEnd });
}

function whereTo(options: Options): Url2PngOptions {
  const { queueUrl = process.env.QUEUE_URL, bucket = process.env.BUCKET } = options;
  if (queueUrl !== undefined && queueUrl !== "" && bucket !== undefined && bucket !== "") return { queueUrl, bucket };
  throw new UsageError(
    "where is url2png? QUEUE_URL and BUCKET, or --queue-url and --bucket, say it: " +
      "`npm start url2png` prints them for this machine, `npx cdktf output url2png` for AWS",
  );
}

function isFine({ state }: Page): boolean {
  return state === "sent" || state === "photographed";
}

function exitCodeOf(error: unknown): number {
  return error instanceof UsageError || error instanceof InvalidUrlError ? EXIT.usage : EXIT.failed;
}

/** What is not the result goes to standard error. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function seconds(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= MAX_TIMEOUT) return value;
  throw new InvalidArgumentError(`It must be a number above 0, and ${MAX_TIMEOUT} at most.`);
}
