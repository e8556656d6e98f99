import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { run, type RunOptions } from "../../../tools/release/process";
import { Temporary } from "./support/temporary";

let here: Temporary;

beforeEach(async () => {
  here = await Temporary.make();
});

afterEach(async () => {
  await here.remove();
});

/** Runs a program that does this. */
async function runScript(script: string, options: Partial<RunOptions> = {}) {
  const program = await here.program("program", script);
  return run(program, ["first", "second"], { cwd: here.folder, install: "Get it from …", ...options });
}

describe("a program that is run", () => {
  it("gets its arguments, folder and environment, and returns what it prints", async () => {
    const script =
      "console.log([...process.argv.slice(2), process.cwd(), process.env.EXTRA, typeof process.env.PATH].join())";
    const { exitCode, stdout } = await runScript(script, { env: { EXTRA: "1" } });
    expect([exitCode, stdout.trim().split(",")]).toEqual([
      0,
      ["first", "second", expect.stringContaining(here.folder), "1", "string"],
    ]);
  });

  it("shows both streams as they come, and returns standard output alone", async () => {
    const shown: string[] = [];
    const script = "console.log('out'); console.error('err')";
    const { stdout } = await runScript(script, { show: (text) => shown.push(text) });
    expect(stdout).toBe("out\n");
    expect(shown.sort()).toEqual(["err\n", "out\n"]);
  });

  it("may end with an exit code that is no failure", async () => {
    expect((await runScript("process.exit(2)", { success: [0, 2] })).exitCode).toBe(2);
  });

  it("that fails is an error with the end of what it said", async () => {
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index}.`);
    const script = `console.log("not this"); console.error(${JSON.stringify(lines.join("\n"))}); process.exit(3)`;
    await expect(runScript(script)).rejects.toMatchObject({
      name: "FailedError",
      message: `${here.path("program")} first failed (exit code 3):\n${lines.slice(-15).join("\n")}`,
    });
  });

  it("that fails without a word on standard error is an error with what it printed", async () => {
    await expect(runScript("console.log('sorry'); process.exit(1)")).rejects.toThrow(/\(exit code 1\):\nsorry$/);
  });

  it("that a signal ends is an error that names it", async () => {
    await expect(runScript("process.kill(process.pid, 'SIGKILL')")).rejects.toThrow("failed (ended by SIGKILL)");
  });

  it("that is not installed is refused, with how to get it", async () => {
    const options = { cwd: here.folder, install: "Get it from …" };
    await expect(run("no-such-program", [], options)).rejects.toMatchObject({
      name: "RefusedError",
      message: "no-such-program is not installed. Get it from …",
    });
  });

  it("is asked to end, and its own way of ending is awaited", async () => {
    const controller = new AbortController();
    const script = `process.on("SIGINT", () => { console.log("tidied up"); process.exit(0); });
      setInterval(() => undefined, 1000); console.log("ready");`;
    const show = (text: string): void => {
      if (text.includes("ready")) controller.abort();
    };
    const { stdout } = await runScript(script, { show, signal: controller.signal });
    expect(stdout).toBe("ready\ntidied up\n");
  });

  it("is asked to end at once when that was wanted before it began", async () => {
    const signal = AbortSignal.abort();
    await expect(runScript("setInterval(() => undefined, 1000)", { signal })).rejects.toThrow("ended by SIGINT");
  });

  it("is in a process group of its own, so that Ctrl-C in the terminal does not reach it", async () => {
    // Signal 0 asks whether there is such a group, and throws when there is none.
    const script = "process.kill(-process.pid, 0); console.log(true)";
    expect((await runScript(script)).stdout).toBe("true\n");
  });
});
