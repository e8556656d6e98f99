import { spawn } from "node:child_process";
import { once } from "node:events";
import { FailedError, RefusedError } from "./errors";

export interface RunOptions {
  readonly cwd: string;
  /** Over this program's own environment */
  readonly env?: Readonly<Record<string, string>>;
  /** Where what it prints goes as it comes. Default: nowhere, it is only returned */
  readonly show?: ((chunk: string) => void) | undefined;
  /** Asks the program to end, as Ctrl-C would */
  readonly signal?: AbortSignal | undefined;
  /** Exit codes that are no failure. Default: 0 */
  readonly success?: readonly number[];
  /** How a user gets the program, when it is not there */
  readonly install: string;
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
}

/** The last lines of an error's output that its message holds. */
const ERROR_LINES = 15;

/**
 * Runs a program to its end. It is in a process group of its own: Ctrl-C reaches it only through `signal`, so that a change to
 * the infrastructure is never broken off by accident.
 * @throws RefusedError when it is not installed; FailedError, with the end of what it printed, when it fails
 */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const { cwd, env = {}, show = () => undefined, signal, success = [0], install } = options;
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (chunk: string) => {
      output[stream] += chunk;
      show(chunk);
    });
  }
  const interrupt = (): void => {
    child.kill("SIGINT");
  };
  if (signal?.aborted === true) interrupt();
  signal?.addEventListener("abort", interrupt);
  try {
    const [code, killedBy] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    if (code !== null && success.includes(code)) return { exitCode: code, stdout: output.stdout };
    const printed = (output.stderr.trim() === "" ? output.stdout : output.stderr).trim().split("\n");
    const how = code === null ? `ended by ${killedBy ?? "a signal"}` : `exit code ${code}`;
    const what = [command, ...args.slice(0, 1)].join(" ");
    throw new FailedError(`${what} failed (${how}):\n${printed.slice(-ERROR_LINES).join("\n")}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new RefusedError(`${command} is not installed. ${install}`);
  } finally {
    signal?.removeEventListener("abort", interrupt);
  }
}
