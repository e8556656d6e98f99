import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { STACKS } from "../../../stacks";

const root = fileURLToPath(new URL("../../..", import.meta.url));

function run(parameters: string[], environment: Record<string, string> = {}) {
  return spawnSync(process.execPath, ["--import", "tsx", "tools/redrive/main.ts", ...parameters], {
    cwd: root,
    encoding: "utf8",
    env: {
      PATH: process.env.PATH,
      HOME: "/nonexistent",
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_REGION: "eu-west-1",
      ...environment,
    },
  });
}

describe("npm run redrive", () => {
  it("names the stacks that there are when it is asked for another one", () => {
    const { status, stderr } = run(["nothing"]);
    expect([status, stderr]).toEqual([
      1,
      `error: there is no stack "nothing" (there are: ${Object.keys(STACKS).join(", ")})\n`,
    ]);
  });

  it("says what to do when there are no credentials", () => {
    const { status, stderr } = run(["https://sqs.eu-west-1.amazonaws.com/000000000000/work"]);
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/^error: no AWS credentials: log in, or export what "npm start" prints/),
    ]);
  });

  it("wants to know of which stack or queue", () => {
    const { status, stderr } = run([]);
    expect([status, stderr]).toEqual([2, expect.stringContaining("missing required argument 'stack-or-queue-url'")]);
  });
});
