import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";

const root = fileURLToPath(new URL("../../..", import.meta.url));

describe("npm run loadtest, before anything is started", () => {
  it.each([
    [["imagery"], "unknown command 'imagery'\n(stacks: url2png, wordpress;"],
    [["url2png", "--messages", "0"], "It must be a whole number from 1 to 100000."],
    [["url2png", "--chart", join(tmpdir(), "no such folder", "x.svg")], "nothing can be written there"],
    [
      ["url2png", "--deployed", "--queue-url", "https://queue.test/work"],
      "error: --deployed needs --bucket, --fleet, --url",
    ],
  ])("refuses %j", (parameters, message) => {
    // Outputs of a stack that this shell may know are not to be found.
    const environment = { ...process.env, QUEUE_URL: "", BUCKET: "", WORKER_FLEET: "" };
    const { status, stderr, stdout } = spawnSync(
      process.execPath,
      ["--import", "tsx", "tools/loadtest/main.ts", ...parameters],
      { cwd: root, encoding: "utf8", env: environment },
    );
    expect(stderr).toContain(message);
    expect([status, stdout]).toEqual([2, ""]);
  });
});
