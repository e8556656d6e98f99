import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "@jest/globals";
import { killTree, processTree } from "../../../../app-src/url2png/browser/process-tree";
import { eventually } from "../../../support/eventually";
import { allEnded } from "./support/processes";

const SLEEPS = "setInterval(() => {}, 1000);";
const PARENT = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(SLEEPS)}]); ${SLEEPS}`;

describe("the tree of a process", () => {
  it("is it and all that descend from it, with their memory, and is killed as a whole", async () => {
    const root = spawn(process.execPath, ["-e", PARENT], { detached: true, stdio: "ignore" });
    const pid = root.pid ?? 0;
    const tree = await eventually("both processes", async () => {
      const processes = await processTree(pid);
      return processes.length === 2 && processes.every(({ memoryMb }) => memoryMb > 1) ? processes : undefined;
    });
    expect(tree.map(({ parent }) => parent)).toEqual([process.pid, pid]);

    const exit = once(root, "exit");
    await killTree(pid);
    expect(await exit).toEqual([null, "SIGKILL"]);
    await eventually("the end of both", () => allEnded(tree.map((process) => process.pid)));
  });

  it("is empty for a process that has ended, and nothing is killed then", async () => {
    const root = spawn(process.execPath, ["-e", ""], { detached: true, stdio: "ignore" });
    await once(root, "exit");

    expect(await processTree(root.pid ?? 0)).toEqual([]);
    await killTree(root.pid ?? 0);
  });
});
