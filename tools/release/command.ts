import { Option, type Command } from "commander";
import { ENVIRONMENT_NAMES, SettingsError } from "../../environments";
import { EXIT, FailedError, InterruptedError, RefusedError, messageOf } from "./errors";

/** What a command has to say. */
export interface Result {
  /** With `--json`, the one document on standard output */
  readonly json: unknown;
  /** Otherwise, the text on standard output */
  readonly text: string;
  /** Default: 0 */
  readonly exitCode?: number;
}

/** `--json` as every command takes it. */
export interface JsonOption {
  readonly json?: true;
}

export interface EnvironmentOption {
  readonly env: string;
}

/** Progress is for people: it goes to standard error, so that standard output is the result alone. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function show(chunk: string): void {
  process.stderr.write(chunk);
}

/** @param what completes "the environment …" */
export function environmentOption(what: string): Option {
  return new Option("--env <environment>", `the environment ${what}`)
    .choices([...ENVIRONMENT_NAMES])
    .makeOptionMandatory();
}

/** Runs a command's work and prints its result, or its error in plain words, with an exit code that a pipeline can use. */
export function act<Parameters extends unknown[]>(
  work: (...parameters: Parameters) => Promise<Result>,
): (...parameters: [...Parameters, Command]) => Promise<void> {
  return async (...parameters) => {
    const command = parameters.at(-1) as Command;
    const { json } = command.opts<JsonOption>();
    try {
      const result = await work(...(parameters.slice(0, -1) as Parameters));
      process.stdout.write(json === true ? `${JSON.stringify(result.json, undefined, 2)}\n` : `${result.text}\n`);
      process.exitCode = result.exitCode ?? EXIT.ok;
    } catch (error) {
      const message = explain(error);
      if (message === undefined) throw error;
      process.stderr.write(`error: ${message}\n`);
      if (json === true) process.stdout.write(`${JSON.stringify({ error: message }, undefined, 2)}\n`);
      process.exitCode = exitCodeOf(error);
    }
  };
}

function exitCodeOf(error: unknown): number {
  if (error instanceof InterruptedError) return EXIT.interrupted;
  return error instanceof FailedError ? EXIT.failed : EXIT.refused;
}

/** What is wrong, for the one who asked; undefined when it is a mistake in this program. */
export function explain(error: unknown): string | undefined {
  const plain = [RefusedError, FailedError, InterruptedError, SettingsError];
  if (plain.some((type) => error instanceof type)) return messageOf(error);
  if (!(error instanceof Error)) return undefined;
  if (error.name === "CredentialsProviderError") {
    return "there are no AWS credentials: log in (aws sso login), or export AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
  }
  if (/^(ExpiredToken|ExpiredTokenException|RequestExpired)$/.test(error.name)) {
    return "the AWS credentials have expired: log in again";
  }
  if (/^(InvalidClientTokenId|UnrecognizedClientException|AuthFailure|SignatureDoesNotMatch)$/.test(error.name)) {
    return `AWS does not know these credentials (${error.message})`;
  }
  if (/^(AccessDenied|AccessDeniedException|UnauthorizedOperation)$/.test(error.name)) {
    return `AWS refused: ${error.message}`;
  }
  if (/Throttl|RequestLimitExceeded|TooManyRequests/.test(error.name)) {
    return `AWS is throttling the account's requests; try again (${error.message})`;
  }
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && /^(ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN)$/.test(code)) {
    return `AWS cannot be reached (${messageOf(error)})`;
  }
  // After the network's own errors: the SDK notes its attempts on those as well.
  if ("$metadata" in error) return `AWS answered ${error.name}: ${error.message}`;
  return undefined;
}
