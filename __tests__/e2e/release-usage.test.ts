import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { bundledCommand } from "../support/commands";
import { hermetic, runRelease } from "./support/release-command";

// Every command is a process that loads a good part of the AWS SDK: a busy machine takes its time.
jest.setTimeout(180_000);

const root = fileURLToPath(new URL("../..", import.meta.url));
const home = mkdtempSync(join(tmpdir(), "steadfast-release-usage-test-"));
let program: string;
const release = (...parameters: string[]) => runRelease(program, parameters, root, hermetic(home));

beforeAll(async () => {
  program = await bundledCommand("release");
});

afterAll(() => {
  rmSync(home, { recursive: true });
});

describe("npm run release", () => {
  it("lists its commands and exit codes with --help", async () => {
    const { exitCode, stdout } = await release("--help");
    expect(exitCode).toBe(0);
    const commands = [...stdout.matchAll(/^ {2}(\w+) \[options\]/gm)].map(([, command]) => command);
    expect(commands.join(" ")).toBe("bake publish plan deploy status history rollback withdraw changed prune");
    expect(stdout).toMatch(/^Exit codes: 0 done, 1 .*, 2 .*, 3 .*, 130 interrupted\.$/m);
  });

  it.each([
    ["bake", ["<application>", "--fresh-base", "--env"]],
    ["publish", ["<application>", "--env", "--ami", "--reason"]],
    ["plan", ["<stack>", "--env", "--out", "--read-only"]],
    ["deploy", ["<stack>", "--env", "--plan", "--yes", "--timeout", "--url-timeout", "--no-rollback"]],
    ["status", ["[stack]", "--env"]],
    ["history", ["<application>", "--env"]],
    ["rollback", ["<application>", "--env", "--to", "--publish-only", "--yes", "--timeout", "--url-timeout"]],
    ["withdraw", ["<application>", "--env"]],
    ["changed", ["--env"]],
    ["prune", ["--delete", "--keep", "--older-than"]],
  ])("explains %s with --help: its arguments, its options, and --json", async (command, words) => {
    const { exitCode, stdout, stderr } = await release(command, "--help");
    expect([exitCode, stderr]).toEqual([0, ""]);
    for (const word of [...words, "--json"]) expect(stdout).toContain(word);
  });

  it.each([
    ["an unknown environment", ["history", "imagery", "--env", "moon"], "Allowed choices are dev, prod."],
    ["a time that is none", ["deploy", "imagery", "--env", "dev", "--timeout", "soon"], "It must be a number above 0."],
  ])("refuses %s, says what is possible, and ends with 2", async (_, parameters, message) => {
    const { exitCode, stdout, stderr } = await release(...parameters);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr).toContain("--help shows what is possible");
  });

  it("refuses a smoke test at a URL that is not asked", async () => {
    const { exitCode, stderr } = await release("deploy", "imagery", "--env", "dev", "--smoke", "--url-timeout", "0");
    expect(exitCode).toBe(2);
    expect(stderr).toBe("error: --smoke needs the stack's URL, which --url-timeout 0 does not ask\n");
  });

  it("without AWS credentials ends with 2 and says how to get some, in words and as JSON", async () => {
    const { exitCode, stdout, stderr } = await release("history", "imagery", "--env", "dev", "--json");
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^error: there are no AWS credentials: log in .*\n$/);
    expect(JSON.parse(stdout)).toEqual({ error: stderr.slice("error: ".length).trim() });
  });
});
