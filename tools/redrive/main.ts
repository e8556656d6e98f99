import { SQSClient } from "@aws-sdk/client-sqs";
import { Command } from "commander";
import { findDeadLetterQueue, queueUrlOf, redrive } from "./redrive";

/** Where to look: the region, and either names or one URL of queues. */
interface Target {
  readonly region: string | undefined;
  readonly urls: (client: SQSClient) => Promise<string[]>;
}

// A hint about Node versions that whoever redrives did not ask for.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

const program = new Command("npm run redrive --")
  .description(
    "Moves the messages of a dead-letter queue back to where they came from, once their cause is mended. " +
      "Uses the AWS credentials of the environment, and the ENVIRONMENT (dev, prod) that the stack is synthesized for.",
  )
  .argument(
    "<stack-or-queue-url>",
    "a stack, for all of its queues, or the URL of a queue that has a dead-letter queue",
  )
  .option("--dry-run", "only say how many messages there are")
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse();

const subject = program.processedArgs[0] as string;
const { dryRun = false } = program.opts<{ dryRun?: boolean }>();
try {
  const { region, urls } = subject.includes("://") ? queueTarget(subject) : await stackTarget(subject);
  const client = new SQSClient(region === undefined ? {} : { region });
  for (const url of await urls(client)) await redriveOne(client, url);
} catch (error) {
  console.error(`error: ${explain(error as Error)}`);
  process.exitCode = 1;
}

async function redriveOne(client: SQSClient, url: string): Promise<void> {
  const pair = await findDeadLetterQueue(client, url);
  if (dryRun) {
    console.log(`${pair.name}: about ${pair.waiting} in the dead-letter queue`);
    return;
  }
  const moved = await redrive(client, pair, (count) => {
    console.log(`${pair.name}: ${count} of about ${pair.waiting}`);
  });
  console.log(`${pair.name}: ${moved} moved back from the dead-letter queue`);
}

function queueTarget(url: string): Target {
  const region = /^https:\/\/sqs\.([a-z0-9-]+)\./.exec(url)?.[1];
  return { region, urls: () => Promise.resolve([url]) };
}

async function stackTarget(name: string): Promise<Target> {
  // The stacks take longer to load than the rest to run, and a queue's URL does not need them.
  const { synthesizeStack } = await import("../local/terraform/synthesize");
  const stack = synthesizeStack(name);
  if (stack === undefined) {
    const { STACKS } = await import("../../stacks");
    throw new Error(`there is no stack "${name}" (there are: ${Object.keys(STACKS).join(", ")})`);
  }
  const queues = stack.ofType("aws_sqs_queue").filter((queue) => queue.raw("redrive_policy") !== undefined);
  if (queues.length === 0) throw new Error(`no queue of the stack "${name}" has a dead-letter queue`);
  return {
    region: stack.region,
    urls: (client) => Promise.all(queues.map((queue) => queueUrlOf(client, queue.string("name")))),
  };
}

function explain(error: Error): string {
  switch (error.name) {
    case "CredentialsProviderError":
      return `no AWS credentials: log in, or export what "npm start" prints (${error.message})`;
    case "QueueDoesNotExist":
      return `${error.message} Is the stack deployed, to this account and region, for this ENVIRONMENT?`;
    default:
      return error.message;
  }
}
