import { buildApplications } from "../build/applications";
import { type RunningConsole, startConsole } from "./console/console";
import { isFree } from "./fleet/free-port";
import type { Fault } from "./gateway/faults";
import { UsageError } from "./options";
import { LocalStack, whyNotRunnable } from "./stack";
import { stopOnSignal } from "./stop-on-signal";
import { synthesizeStack, synthesizeStacks } from "./terraform/synthesize";

/** How a stack is to run, as the command line says it. */
export interface RunOptions {
  /** Of the load balancer */
  readonly port: number;
  /** Whether the applications are built first */
  readonly build: boolean;
  /** How many instances a fleet starts with, by its name */
  readonly capacity: Readonly<Record<string, number>>;
  /** More variables for a fleet's services, by its name */
  readonly environment: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly fault: readonly Fault[];
  /** How much faster time passes for alarms, scaling and schedules */
  readonly timeFactor: number;
  readonly consolePort: number;
}

const started = Date.now();

/** Prints which stacks can run on this machine, and why others cannot. */
export function listStacks(): void {
  for (const [name, stack] of synthesizeStacks()) {
    const reason = whyNotRunnable(stack);
    console.log(reason === undefined ? name : `${name} (cannot run on this machine: ${reason})`);
  }
}

/**
 * Runs a stack until a signal ends it.
 * @throws UsageError when it cannot run like that; nothing is left of it then
 */
export async function runStack(name: string, options: RunOptions): Promise<void> {
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
  const stack = synthesizeStack(name);
  if (stack === undefined) {
    const runnable = [...synthesizeStacks()]
      .filter(([, candidate]) => whyNotRunnable(candidate) === undefined)
      .map(([key]) => key);
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

function say(line: string): void {
  console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)}s ${line}`);
}
