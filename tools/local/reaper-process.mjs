// Outlives the program that started it by a moment: when that dies, even by SIGKILL, its end of the pipe closes, and this
// kills the processes and removes the folders that it was told about and that are still there.
// Lines on standard input: "+ <pid>", "- <pid>" (a leader of a process group), "folder <path>".
import { rmSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";

const groups = new Set();
const folders = new Set();
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const [word, ...rest] = line.split(" ");
  const subject = rest.join(" ");
  if (word === "+") groups.add(Number(subject));
  if (word === "-") groups.delete(Number(subject));
  if (word === "folder") folders.add(subject);
});
lines.on("close", () => {
  for (const group of groups) {
    try {
      process.kill(-group, "SIGKILL");
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  }
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
