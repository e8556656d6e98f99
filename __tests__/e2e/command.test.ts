import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { buildApplications } from "../../tools/build/applications";
import { freePort } from "../../tools/local/fleet/free-port";
import { projectFolders } from "../../tools/local/plan";
import { bundledCommand } from "../support/commands";
import { isAlive, launchedProcesses } from "./support/processes";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** A folder for temporary files that only these commands use. */
const temporary = mkdtempSync(join(tmpdir(), "steadfast-command-test-"));

/** The file with the command's bundle */
let program: string;

beforeAll(async () => {
  program = await bundledCommand("start");
  if (!existsSync(join(projectFolders.dist, "imagery"))) await buildApplications();
}, 60_000);

afterAll(() => {
  rmSync(temporary, { recursive: true });
});

/** A running command, what it has printed so far, and a way to wait for a text in that. */
class Run {
  output = "";
  readonly ended: Promise<number | null>;
  readonly child: ChildProcess;

  /** As `npm start` does. */
  static fromSources(...parameters: string[]): Run {
    return new Run(["--import", "tsx", "tools/local/main.ts", ...parameters]);
  }

  /** The same from its bundle, which starts faster. */
  static start(...parameters: string[]): Run {
    return new Run([program, ...parameters]);
  }

  private constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, [...args, "--console-port", "0"], {
      cwd: root,
      env: { ...process.env, TMPDIR: temporary, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding("utf8").on("data", (chunk: string) => {
        this.output += chunk;
      });
    }
    this.ended = once(this.child, "close").then(([code]) => code as number | null);
  }

  async prints(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.child.exitCode !== null) throw new Error(`ended without printing "${text}":\n${this.output}`);
      await sleep(20);
    }
  }

  /** The ids of the services' processes */
  get pids(): number[] {
    return launchedProcesses(this.output);
  }
}

async function nothingIsLeft(run: Run, port: number): Promise<void> {
  while (run.pids.some(isAlive)) await sleep(20);
  await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow();
  expect(readdirSync(temporary).filter((name) => name.startsWith("steadfast"))).toEqual([]);
}

describe("npm start", () => {
  it.each<[NodeJS.Signals, "fromSources" | "start"]>([
    ["SIGINT", "fromSources"],
    ["SIGTERM", "start"],
  ])(
    "says what it does, serves, and leaves nothing after %s",
    async (signal, start) => {
      const port = await freePort();
      const run = Run[start]("--no-build", "--port", String(port), "--capacity", "worker=2");
      await run.prints(`ready: http://localhost:${port}`);
      for (const step of [
        "synthesize: imagery",
        "emulators: ",
        "not run here: ",
        "in service",
        "operator: export AWS_",
      ]) {
        expect(run.output).toContain(step);
      }
      const page = await fetch(`http://127.0.0.1:${port}/`);
      expect([page.status, page.headers.get("content-type")]).toEqual([200, expect.stringContaining("text/html")]);
      expect(run.pids).toHaveLength(3);
      run.child.kill(signal);
      expect(await run.ended).toBe(0);
      expect(run.output).toContain("stopped");
      await nothingIsLeft(run, port);
    },
    60_000,
  );

  it("can be stopped while it starts", async () => {
    const port = await freePort();
    const run = Run.start("--no-build", "--port", String(port));
    await run.prints("launched in");
    run.child.kill("SIGINT");
    expect(await run.ended).toBe(0);
    await nothingIsLeft(run, port);
  }, 60_000);

  it("takes its services with it when it is killed", async () => {
    const port = await freePort();
    const run = Run.start("--no-build", "--port", String(port));
    await run.prints("ready: ");
    run.child.kill("SIGKILL");
    await nothingIsLeft(run, port);
    await run.ended;
  }, 60_000);

  it("refuses a port that is taken, before it starts anything", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const run = Run.start("--no-build", "--port", String(port));
    expect(await run.ended).toBe(2);
    expect(run.output).toContain(`error: port ${port} is taken by another program: choose another one with --port`);
    expect(run.output).not.toContain("launched");
    server.close();
  }, 30_000);

  it.each([
    [["nothing"], 'error: there is no stack "nothing" (these can run: imagery, url2png)'],
    [["--capacity", "worker=3"], 'error: the capacity of "worker" must be a whole number from 1 to 2, got 3'],
    [["--capacity", "none=1"], 'error: there is no fleet "none" (there are: server, worker)'],
    [["--capacity", "worker"], 'A capacity is "<fleet>=<count>"'],
    [["--port", "http"], "A port is a number"],
  ])(
    "refuses %j",
    async (parameters, message) => {
      const run = Run.start("--no-build", ...parameters);
      expect(await run.ended).toBe(2);
      expect(run.output).toContain(message);
    },
    30_000,
  );

  it("lists the stacks that can run", async () => {
    const run = Run.start("--list");
    expect(await run.ended).toBe(0);
    expect(run.output.split("\n")).toEqual(expect.arrayContaining(["imagery", "url2png"]));
    expect(run.output).toContain("web-servers (cannot run on this machine: its machines install httpd");
  }, 30_000);
});
