import { spawnSync } from "node:child_process";
import { describe } from "@jest/globals";

const hasGit = spawnSync("git", ["--version"]).status === 0;
if (!hasGit)
  console.log("git is not installed, what it tells of a working tree is not tested: https://git-scm.com/downloads");

/** `describe`, where there is git. */
export const describeWithGit = hasGit ? describe : describe.skip;

/** Makes a folder a repository whose only commit holds everything in it. */
export function initialize(folder: string): void {
  const settings = ["-c", "user.name=Test", "-c", "user.email=test@example.test", "-c", "commit.gpgsign=false"];
  for (const args of [
    ["init", "--quiet"],
    ["add", "--all"],
    [...settings, "commit", "--quiet", "--message", "all"],
  ]) {
    const { status, stderr } = spawnSync("git", args, { cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
  }
}
