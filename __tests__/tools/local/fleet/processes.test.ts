import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "@jest/globals";
import { ProcessTree } from "../../../../tools/local/fleet/process-tree";
import { type ProcessInfo, listProcesses, parsePs, parseStat } from "../../../../tools/local/fleet/processes";

const stat = (name: string, state: string): string =>
  `4242 (${name}) ${state} 17 4200 4100 0 -1 4194304 97 0 0 0 150 50 0 0 20 0 1 0 1253629 3133440 362`;

describe("the list of processes", () => {
  it.each(["node", "a name (with parentheses) 1"])("reads /proc/<pid>/stat of %s", (name) => {
    expect(parseStat(stat(name, "S"))).toEqual({
      pid: 4242,
      parent: 17,
      group: 4200,
      started: "1253629",
      cpuSeconds: 2,
    });
  });

  it("leaves out what has ended and waits to be buried", () => {
    expect(parseStat(stat("node", "Z"))).toBeUndefined();
  });

  it.each([
    ["  42    1    42   0:01.50 Mon Mar  2 08:00:00 2026", 1.5],
    ["  42    1    42 01:00:02 Mon Mar  2 08:00:00 2026  ", 3602],
    ["  42    1    42 2-00:00:01 Mon Mar  2 08:00:00 2026", 172_801],
  ])("reads a line of ps: %s", (line, cpuSeconds) => {
    expect(parsePs(line)).toEqual({ pid: 42, parent: 1, group: 42, started: "Mon Mar  2 08:00:00 2026", cpuSeconds });
  });

  it("holds this process and its child", async () => {
    const child = spawn("sleep", ["1000"], { detached: true });
    await once(child, "spawn");
    const processes = await listProcesses();
    expect(processes.find(({ pid }) => pid === process.pid)?.parent).toBe(process.ppid);
    expect(processes.find(({ pid }) => pid === child.pid)).toMatchObject({ parent: process.pid, group: child.pid });
    child.kill();
  });
});

describe("a process tree", () => {
  const process = (pid: number, parent: number, cpuSeconds = 0, started = "1"): ProcessInfo => ({
    pid,
    parent,
    group: pid,
    started,
    cpuSeconds,
  });
  const pids = (tree: ProcessTree): number[] => tree.descendants.map(({ pid }) => pid).sort((a, b) => a - b);

  it("holds everything that the first process started, and nothing else", () => {
    const tree = new ProcessTree(10);
    tree.look([process(12, 11), process(10, 1), process(11, 10), process(20, 1), process(21, 20)], 0);
    expect(pids(tree)).toEqual([11, 12]);
  });

  it("still holds what is orphaned, and what that starts", () => {
    const tree = new ProcessTree(10);
    tree.look([process(10, 1), process(11, 10), process(12, 11)], 0);
    tree.look([process(12, 1), process(13, 12)], 1000);
    expect(pids(tree)).toEqual([12, 13]);
  });

  it("does not take another process for one that had its id before", () => {
    const tree = new ProcessTree(10);
    tree.look([process(10, 1), process(11, 10)], 0);
    tree.look([process(10, 1), process(11, 1, 0, "2")], 1000);
    expect(pids(tree)).toEqual([]);
  });

  it("uses as much of a processor as its processes did since the last look, also those that are new", () => {
    const tree = new ProcessTree(10);
    tree.look([process(10, 1, 5), process(11, 10, 7)], 0);
    expect([tree.cpuPercent, tree.cpuSeconds]).toEqual([undefined, 0]);
    tree.look([process(10, 1, 6), process(11, 10, 7.5), process(12, 11, 0.5)], 4000);
    expect([tree.cpuPercent, tree.cpuSeconds]).toEqual([50, 2]);
    // One has ended: what it had used is not taken back.
    tree.look([process(10, 1, 6)], 5000);
    expect([tree.cpuPercent, tree.cpuSeconds]).toEqual([0, 2]);
  });
});
