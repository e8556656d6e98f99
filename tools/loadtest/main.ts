import { Command, InvalidArgumentError } from "commander";
import { wholeNumber } from "../local/whole-number";
import { EXIT } from "../release/errors";
import type { WebsiteOptions } from "./http/website";
import { runTest } from "./run";
import type { Url2PngOptions } from "./url2png";

// A hint about Node versions that whoever tests did not ask for.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

const program = new Command("npm run loadtest --")
  .description("Load tests: a live view, a report and a chart.")
  .addHelpText("after", "\nOptions: npm run loadtest -- <stack> --help")
  .showHelpAfterError("(stacks: url2png, wordpress; --help shows what is possible)")
  // Like the line above, before the commands, which take it over.
  .exitOverride((error) => process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.refused));

program
  .command("url2png")
  .description(
    "Sends many messages at once, and watches the fleet grow, drain the queue and shrink: on this machine, where the " +
      "synthesized alarms and scaling policies drive the fleet, or with --deployed on AWS.",
  )
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
  .action(async (options: Url2PngOptions) => {
    await runTest(options, async (run) => {
      const { testUrl2Png } = await import("./url2png");
      return testUrl2Png(options, run);
    });
  });

program
  .command("wordpress")
  .description(
    "Sends GET requests to a website, so many at a time, until they are sent or time is up. Any URL will do; the numbers are " +
      "those of the stack wordpress. It asks nothing: the URL is taken at its word, and no other host is sent anything.",
  )
  .option("--url <url>", "the page: the stack's output `url`, or any other")
  .option("--deployment <file>", "or what `npm run release -- deploy --json` has printed")
  .option("--requests <count>", "requests, unless time is up before", wholeNumber(1, 1_000_000_000), 500_000)
  .option("--concurrency <n>", "requests at a time, each on a connection of its own", wholeNumber(1, 1000), 15)
  .option("--seconds <n>", "time for all of it, unless the requests are sent before", wholeNumber(1, 86_400), 300)
  .option("--timeout <seconds>", "time for one request, to the last byte of its answer", wholeNumber(1, 3600), 120)
  .option("--no-keep-alive", "a new connection for each request, as `ab` does without -k")
  .option("--max-errors <share>", "the share of requests that may fail, from 0 to 1", share, 0)
  .option("--chart <file>", "where the chart goes (SVG)", "loadtest.svg")
  .option("--json", "print the report as JSON; everything else goes to standard error in any case")
  .addHelpText(
    "after",
    "\nExit codes: 0 no more requests failed than may, 1 more did, 2 not possible, 130 interrupted. See docs/loadtest.md.",
  )
  .action(async (options: WebsiteOptions) => {
    await runTest(options, async (run) => {
      const { testWebsite } = await import("./http/website");
      return testWebsite(options, run);
    });
  });

await program.parseAsync();

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError("It must be a number from 0 to 1, such as 0.001.");
}
