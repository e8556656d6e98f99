import { Command, InvalidArgumentError } from "commander";
import { SettingsError } from "../../environments";
import { type Fault, parseFault } from "./gateway/faults";
import { UsageError } from "./options";
import type { RunOptions } from "./run";

interface Options extends RunOptions {
  readonly list?: true;
}

// A hint about Node versions that whoever runs a stack did not ask for.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

const program = new Command("npm start --")
  .description("Builds, synthesizes and runs a stack on this machine, without an AWS account.")
  .argument("[stack]", "name of the stack", "imagery")
  .option("--port <port>", "port of the load balancer", parsePort, 8080)
  .option("--capacity <fleet=count...>", "how many instances a fleet starts with", parseCapacity, {})
  .option("--environment <fleet.NAME=value...>", "more variables for a fleet's services", parseVariable, {})
  .option("--time-factor <n>", "how much faster time passes for alarms, scaling and schedules", parseFactor, 30)
  .option("--console-port <port>", "port of the page that shows the stack", parsePort, 8081)
  .option("--fault <kind,setting=value...>", "makes the AWS API misbehave, see docs/local.md", parseFaults, [])
  .option("--no-build", "run what is in dist/ already")
  .option("--list", "show which stacks can run on this machine")
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse();

try {
  const options = program.opts<Options>();
  // Loaded only now: whoever asks for --help or mistypes an option does not wait for CDKTF, the emulators and AWS's clients.
  const { listStacks, runStack } = await import("./run");
  if (options.list === true) listStacks();
  else await runStack(program.processedArgs[0] as string, options);
} catch (error) {
  if (!(error instanceof UsageError || error instanceof SettingsError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 2;
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

function parseVariable(text: string, before: RunOptions["environment"]): RunOptions["environment"] {
  const [, fleet, name, value] = /^([^.=]+)\.([A-Za-z_]\w*)=([^]*)$/.exec(text) ?? [];
  if (fleet === undefined || name === undefined || value === undefined)
    throw new InvalidArgumentError('A variable is "<fleet>.<NAME>=<value>", such as worker.LOG_LEVEL=debug.');
  return { ...before, [fleet]: { ...before[fleet], [name]: value } };
}

function parseFactor(text: string): number {
  const factor = Number(text);
  if (!(factor > 0 && factor <= 600)) throw new InvalidArgumentError("A time factor is a number above 0, at most 600.");
  return factor;
}

function parseFaults(text: string, before: readonly Fault[]): Fault[] {
  try {
    return [...before, parseFault(text)];
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
