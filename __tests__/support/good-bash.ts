import { spawnSync } from "node:child_process";
import { expect, it } from "@jest/globals";

const hasShellcheck = spawnSync("shellcheck", ["--version"]).status === 0;
if (!hasShellcheck)
  console.log("shellcheck is not installed, scripts are checked by bash -n alone; apt-get install shellcheck");

/** Tests that a script is valid bash, and what shellcheck says of it where that is installed. */
export function itIsGoodBash(script: string): void {
  it("is valid bash", () => {
    expect(spawnSync("bash", ["-n"], { input: script, encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
  });

  (hasShellcheck ? it : it.skip)("passes shellcheck", () => {
    expect(spawnSync("shellcheck", ["-"], { input: script, encoding: "utf8" }).stdout).toBe("");
  });
}
