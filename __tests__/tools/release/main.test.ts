import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { bakeCommand } from "../../../tools/release/commands/bake";
import { changedCommand } from "../../../tools/release/commands/changed";
import { deployCommand } from "../../../tools/release/commands/deploy";
import { historyCommand } from "../../../tools/release/commands/history";
import { planCommand } from "../../../tools/release/commands/plan";
import { pruneCommand } from "../../../tools/release/commands/prune";
import { publishCommand } from "../../../tools/release/commands/publish";
import { rollbackCommand } from "../../../tools/release/commands/rollback";
import { statusCommand } from "../../../tools/release/commands/status";
import { withdrawCommand } from "../../../tools/release/commands/withdraw";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** `npm run release -- …`, as a process of its own without credentials. */
async function release(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, ["--import", "tsx", "tools/release/main.ts", ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env.PATH,
      HOME: "/nonexistent",
      AWS_EC2_METADATA_DISABLED: "true",
      ...environment,
    },
  });
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => (output[stream] += text));
  }
  const [status] = (await once(child, "close")) as [number];
  return { status, ...output };
}

const commands = [
  bakeCommand,
  changedCommand,
  deployCommand,
  historyCommand,
  planCommand,
  pruneCommand,
  publishCommand,
  rollbackCommand,
  statusCommand,
  withdrawCommand,
];

describe("npm run release", () => {
  it.each(commands.map((command) => [command.name(), command] as const))("%s can answer in JSON", (_, command) => {
    expect(command.options.map(({ long }) => long)).toContain("--json");
  });

  it.each(commands.map((command) => [command.name(), command] as const))("%s says what it does", (_, command) => {
    expect(command.helpInformation()).toMatch(/^Usage: .*\n\n[A-Z].*/);
    expect(command.options.filter(({ description }) => description === "")).toEqual([]);
  });

  it("shows every command, and what its exit codes mean", async () => {
    const { status, stdout } = await release(["--help"]);
    expect(status).toBe(0);
    for (const command of commands) expect(stdout).toContain(`\n  ${command.name()} `);
    expect(stdout).toContain("Exit codes: 0 done, 1 failed and taken back, 2 not possible (nothing changed)");
  });

  it("is not possible for an unknown command: exit code 2, and where to look", async () => {
    const { status, stdout, stderr } = await release(["nothing"]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("error: unknown command 'nothing'\n(--help shows what is possible)");
  });

  it.each([
    ["without a stack", deployCommand, ["--env", "dev"], "missing required argument 'stack'"],
    ["without an environment", deployCommand, ["imagery"], "required option '--env <environment>' not specified"],
    ["for an unknown environment", historyCommand, ["imagery", "--env", "moon"], "Allowed choices are dev, prod."],
    ["with no time", deployCommand, ["imagery", "--env", "dev", "--timeout", "0"], "It must be a number above 0."],
    ["with half a value", pruneCommand, ["--keep", "0.5"], "It must be a whole number, at least 1."],
  ])("does not begin %s", async (_, command, args, message) => {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
    await expect(command.parseAsync(args, { from: "user" })).rejects.toThrow(message);
  });

  it("is not possible without credentials: exit code 2, and what to do, in JSON as well", async () => {
    const { status, stdout, stderr } = await release(["history", "imagery", "--env", "dev", "--json"]);
    const message = expect.stringMatching(/^there are no AWS credentials: log in/);
    expect([status, JSON.parse(stdout)]).toEqual([2, { error: message }]);
    expect(stderr).toMatch(/^error: there are no AWS credentials: log in/);
  });

  it("is not possible when AWS cannot be reached: exit code 2, and that this is so", async () => {
    const { status, stderr } = await release(["history", "imagery", "--env", "dev"], {
      AWS_ENDPOINT_URL: "http://127.0.0.1:1",
      AWS_ACCESS_KEY_ID: "x",
      AWS_SECRET_ACCESS_KEY: "x",
    });
    expect([status, stderr]).toEqual([2, "error: AWS cannot be reached (connect ECONNREFUSED 127.0.0.1:1)\n"]);
  });
});
