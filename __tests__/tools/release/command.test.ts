import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { SettingsError } from "../../../environments";
import { act, explain, type Result } from "../../../tools/release/command";
import { FailedError, InterruptedError, RefusedError } from "../../../tools/release/errors";
import { awsError } from "./support/answers";

describe("an error in plain words", () => {
  it.each<[string, Error, string | RegExp]>([
    ["of a refusal is its message", new RefusedError("there is no such thing"), "there is no such thing"],
    ["of a failure is its message", new FailedError("it went wrong"), "it went wrong"],
    ["of an interruption says that nothing was changed", new InterruptedError(), "interrupted; nothing was changed"],
    [
      "of the settings is its message",
      new SettingsError("environments/dev.ts is wrong"),
      "environments/dev.ts is wrong",
    ],
    [
      "without credentials says how to get some",
      awsError("CredentialsProviderError"),
      /^there are no AWS credentials: log in/,
    ],
    [
      "of credentials that have expired",
      awsError("ExpiredTokenException"),
      "the AWS credentials have expired: log in again",
    ],
    ["of a request that has expired", awsError("RequestExpired"), "the AWS credentials have expired: log in again"],
    [
      "of unknown credentials",
      awsError("UnrecognizedClientException", "bad key"),
      "AWS does not know these credentials (bad key)",
    ],
    [
      "of what is not allowed, in JSON protocols",
      awsError("AccessDeniedException", "not authorized to x"),
      "AWS refused: not authorized to x",
    ],
    [
      "of what is not allowed, in EC2",
      awsError("UnauthorizedOperation", "not authorized to y"),
      "AWS refused: not authorized to y",
    ],
    [
      "of throttling",
      awsError("ThrottlingException", "Rate exceeded"),
      "AWS is throttling the account's requests; try again (Rate exceeded)",
    ],
    [
      "of throttling in EC2",
      awsError("RequestLimitExceeded", "slow down"),
      "AWS is throttling the account's requests; try again (slow down)",
    ],
    [
      "of anything else that AWS answers",
      awsError("InternalServerError", "sorry"),
      "AWS answered InternalServerError: sorry",
    ],
  ])("%s", (_, error, expected) => {
    expect(explain(error)).toEqual(typeof expected === "string" ? expected : expect.stringMatching(expected));
  });

  it.each(["ECONNREFUSED", "ENOTFOUND", "ECONNRESET", "ETIMEDOUT", "EAI_AGAIN"])(
    "of %s says that AWS cannot be reached, although the SDK has noted its attempts on it",
    (code) => {
      const error = Object.assign(new Error(`connect ${code}`), { code, $metadata: { attempts: 6 } });
      expect(explain(error)).toBe(`AWS cannot be reached (connect ${code})`);
    },
  );

  it.each([
    ["a mistake in the program", new TypeError("x is undefined")],
    ["a file that is not there", Object.assign(new Error("ENOENT"), { code: "ENOENT" })],
    ["something thrown that is no error", "text"],
  ])("does not exist for %s, which stays what it is", (_, error) => {
    expect(explain(error)).toBeUndefined();
  });
});

describe("a command", () => {
  let stdout: string;
  let stderr: string;

  beforeEach(() => {
    stdout = "";
    stderr = "";
    jest.spyOn(process.stdout, "write").mockImplementation((text) => Boolean((stdout += String(text))));
    jest.spyOn(process.stderr, "write").mockImplementation((text) => Boolean((stderr += String(text))));
  });

  afterEach(() => {
    jest.restoreAllMocks();
    process.exitCode = undefined;
  });

  /** Runs a command that does this. @returns its exit code */
  async function run(work: () => Promise<Result>, ...args: string[]): Promise<unknown> {
    const command = new Command("thing").option("--json").action(act(work));
    await command.parseAsync(args, { from: "user" });
    return process.exitCode;
  }

  const result = { json: { answer: 42 }, text: "the answer is 42" };

  it("prints text, or with --json one document, and ends with 0", async () => {
    expect(await run(() => Promise.resolve(result))).toBe(0);
    expect(stdout).toBe("the answer is 42\n");
    stdout = "";
    expect(await run(() => Promise.resolve(result), "--json")).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ answer: 42 });
  });

  it("ends with the exit code of its result", async () => {
    expect(await run(() => Promise.resolve({ ...result, exitCode: 3 }))).toBe(3);
  });

  it.each([
    [1, new FailedError("it went wrong")],
    [2, new RefusedError("it is not possible")],
    [2, awsError("AccessDenied", "no")],
    [130, new InterruptedError()],
  ])("ends with %i for %s, which it says on standard error", async (code, error) => {
    expect(await run(() => Promise.reject(error))).toBe(code);
    expect([stdout, stderr]).toEqual(["", `error: ${explain(error) ?? ""}\n`]);
  });

  it("says with --json what is wrong on standard output, too", async () => {
    await run(() => Promise.reject(new RefusedError("it is not possible")), "--json");
    expect(JSON.parse(stdout)).toEqual({ error: "it is not possible" });
    expect(stderr).toBe("error: it is not possible\n");
  });

  it("does not swallow a mistake in the program", async () => {
    await expect(run(() => Promise.reject(new TypeError("x is undefined")))).rejects.toThrow("x is undefined");
    expect([stdout, stderr]).toEqual(["", ""]);
  });
});
