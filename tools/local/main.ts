import { Command, InvalidArgumentError } from "commander";
import { SettingsError } from "../../environments";
import { buildApplications } from "../build/applications";
import { type Fault, parseFault } from "./gateway/faults";
import { UsageError } from "./options";
import { LocalStack, whyNotRunnable } from "./stack";
import { stopOnSignal } from "./stop-on-signal";
import { synthesizeStacks } from "./terraform/synthesize";
import type { SynthesizedStack } from "./terraform/synthesized";

interface Options {
  readonly port: number;
  readonly list?: true;
  readonly build: boolean;
  readonly capacity: Readonly<Record<string, number>>;
  readonly fault: readonly Fault[];
}

// A hint about Node versions that whoever runs a stack did not ask for.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

const started = Date.now();
const program = new Command("npm start --")
  .description("Builds, synthesizes and runs a stack on this machine, without an AWS account.")
  .argument("[stack]", "name of the stack", "imagery")
  .option("--port <port>", "port of the load balancer", parsePort, 8080)
  .option("--capacity <fleet=count...>", "how many instances a fleet starts with", parseCapacity, {})
  .option("--fault <kind,setting=value...>", "makes the AWS API misbehave, see docs/local.md", parseFaults, [])
  .option("--no-build", "run what is in dist/ already")
  .option("--list", "show which stacks can run on this machine")
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse();

try {
  const options = program.opts<Options>();
  if (options.list === true) list(synthesizeStacks());
  else await run(program.processedArgs[0] as string, options);
} catch (error) {
  if (!(error instanceof UsageError || error instanceof SettingsError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 2;
}

function list(stacks: ReadonlyMap<string, SynthesizedStack>): void {
  for (const [name, stack] of stacks) {
    const reason = whyNotRunnable(stack);
    console.log(reason === undefined ? name : `${name} (cannot run on this machine: ${reason})`);
  }
}

async function run(name: string, { port, capacity, fault, build }: Options): Promise<void> {
  const running: { start?: Promise<LocalStack> } = {};
  const stopping = stopOnSignal(say, async () => {
    try {
      await (await running.start)?.stop();
    } catch (error) {
      // A start that is broken off fails, once it has stopped what it had started.
      if (!(error instanceof UsageError)) say(`the start was broken off (${(error as Error).message})`);
    }
    return 0;
  });
  const stacks = synthesizeStacks();
  const stack = stacks.get(name);
  if (stack === undefined) {
    const runnable = [...stacks].filter(([, candidate]) => whyNotRunnable(candidate) === undefined).map(([key]) => key);
    throw new UsageError(`there is no stack "${name}" (these can run: ${runnable.join(", ")})`);
  }
  say(`synthesize: ${name}, ${stack.resources.length} resources`);

  running.start = LocalStack.start({
    stack,
    port,
    capacity,
    faults: fault,
    log: say,
    signal: stopping,
    prepare: async () => {
      if (!build) return;
      const built = await buildApplications();
      say(`build: ${built.map((application) => `${application.name} → ${application.folder}`).join(", ")}`);
    },
  });
  let local: LocalStack;
  try {
    local = await running.start;
  } catch (error) {
    // A start that was broken off ends where the signal is handled.
    if (stopping.aborted) return;
    throw error;
  }
  const exports = Object.entries(local.operatorEnvironment).map(([key, value]) => `${key}=${value}`);
  say(`operator: export ${exports.join(" ")}`);
  say(`ready: ${local.url ?? "the stack has no load balancer"} (Ctrl-C ends it)`);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError("A port is a number from 0 to 65535.");
  return port;
}

function parseCapacity(text: string, before: Record<string, number>): Record<string, number> {
  const [, fleet, count] = /^([^=]+)=(\d+)$/.exec(text) ?? [];
  if (fleet === undefined) throw new InvalidArgumentError('A capacity is "<fleet>=<count>", such as worker=2.');
  return { ...before, [fleet]: Number(count) };
}

function parseFaults(text: string, before: readonly Fault[]): Fault[] {
  try {
    return [...before, parseFault(text)];
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function say(line: string): void {
  console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)}s ${line}`);
}
