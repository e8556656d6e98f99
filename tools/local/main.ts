import { Command, InvalidArgumentError } from "commander";
import { SettingsError } from "../../environments";
import { buildApplications } from "../build/applications";
import { type RunningConsole, startConsole } from "./console/console";
import { type Fault, parseFault } from "./gateway/faults";
import { isFree } from "./fleet/free-port";
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
  readonly environment: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly fault: readonly Fault[];
  readonly timeFactor: number;
  readonly consolePort: number;
}

// A hint about Node versions that whoever runs a stack did not ask for.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

const started = Date.now();
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

async function run(name: string, options: Options): Promise<void> {
  const { port, capacity, environment, fault, build, timeFactor, consolePort } = options;
  const running: { start?: Promise<LocalStack>; console?: RunningConsole } = {};
  const stopping = stopOnSignal(say, async () => {
    try {
      await running.console?.close();
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
  // The console starts last, when there is something to show; that it cannot should be known before anything is started.
  if (!(await isFree(consolePort)))
    throw new UsageError(`port ${consolePort} is taken by another program: choose another one with --console-port`);

  running.start = LocalStack.start({
    stack,
    port,
    capacity,
    environment,
    faults: fault,
    scalingTimeFactor: timeFactor,
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
  try {
    running.console = await startConsole({ port: consolePort, host: "127.0.0.1", stack: local, log: say });
  } catch (error) {
    await local.stop();
    throw error;
  }
  const exports = Object.entries({ ...local.operatorEnvironment, ...local.outputVariables }).map(
    ([key, value]) => `${key}=${value}`,
  );
  say(`operator: export ${exports.join(" ")}`);
  say(`time: passes ${timeFactor} times faster for alarms, scaling and schedules (--time-factor)`);
  say(`console: ${running.console.url}`);
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

function parseVariable(text: string, before: Options["environment"]): Options["environment"] {
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

function say(line: string): void {
  console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)}s ${line}`);
}
