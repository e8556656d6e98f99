// Outlives the program that started it by a moment: when that ends, even by SIGKILL, its end of the pipe closes, and this
// kills the process groups that it was told about and that are still there.
// Lines on standard input: "+ <pid>" and "- <pid>", a process that leads a group of its own.
import process from "node:process";
import { createInterface } from "node:readline";

const groups = new Set();
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const [word, pid] = line.split(" ");
  if (word === "+") groups.add(Number(pid));
  else groups.delete(Number(pid));
});
lines.on("close", () => {
  for (const group of groups) {
    try {
      process.kill(-group, "SIGKILL");
    } catch (error) {
      // No such group: it has ended by itself.
      if (error.code !== "ESRCH") throw error;
    }
  }
});
