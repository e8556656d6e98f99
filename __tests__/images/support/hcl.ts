import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

const library = createRequire(import.meta.url).resolve("@cdktf/hcl2json");

const SCRIPT = `
  const { readFileSync, writeSync } = require("node:fs");
  const { parse } = require(process.argv[1]);
  Promise.all(process.argv.slice(2).map(async (file) => [file, await parse(file, readFileSync(file, "utf8"))])).then(
    (parsed) => { writeSync(1, JSON.stringify(parsed)); process.exit(0); },
    (error) => { writeSync(2, String(error)); process.exit(1); },
  );`;

/**
 * Parses files of a folder from HCL into JSON: each block is a list, and an expression stays the text that it is. In a process of its own, because the
 * parser (Go, as WebAssembly) never comes to an end by itself, and Jest's processes have to.
 * @returns the JSON of each file
 * @throws Error for a file that is no HCL
 */
export function parseFiles(folder: string, files: readonly string[]): Map<string, unknown> {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", SCRIPT, library, ...files], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`${files.join(", ")} cannot be parsed: ${stderr}`);
  return new Map(JSON.parse(stdout) as [string, unknown][]);
}
