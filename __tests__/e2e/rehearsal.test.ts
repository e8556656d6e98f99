import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { rehearse } from "../../tools/rehearse/rehearsal";
import type { ReleaseReport } from "../../tools/rehearse/report";
import { PlainLog } from "../../tools/release/display/deployment-log";
import { bundledCommand } from "../support/commands";
import { isAlive, launchedProcesses } from "./support/processes";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** A folder for temporary files that only the commands use. */
const temporary = mkdtempSync(join(tmpdir(), "steadfast-rehearsal-test-"));

afterAll(() => {
  rmSync(temporary, { recursive: true });
});

describe("a rehearsal of releases under traffic", () => {
  const lines: string[] = [];
  let reports: ReleaseReport[];

  const reportOf = (release: string): ReleaseReport => {
    const report = reports.find((candidate) => candidate.release === release);
    if (report === undefined) throw new Error(`there is no report of ${release}`);
    return report;
  };

  beforeAll(async () => {
    const say = (line: string): void => {
      lines.push(line);
      if (process.env.E2E_LOG !== undefined) process.stderr.write(`${line}\n`);
    };
    reports = await rehearse({
      releases: ["good", "bad", "crash"],
      rate: 25,
      capacity: { server: 2, worker: 1 },
      say,
      stackLog: say,
      deploymentLog: new PlainLog((chunk) => {
        say(chunk.trimEnd());
      }),
      signal: new AbortController().signal,
    });
  }, 240_000);

  it("puts a good build on every instance", () => {
    expect(reportOf("good")).toMatchObject({ outcome: "deployed", running: ["imagery-2"], broken: [] });
  });

  it("puts the previous image back when a build is never healthy", () => {
    const { outcome, reason, running, broken } = reportOf("bad");
    expect([outcome, running, broken]).toEqual(["rolled-back", ["imagery-2"], []]);
    expect(reason).toMatch(/server: .*was not healthy within 10 s/);
  });

  it("puts the previous image back when a build ends at once", () => {
    const { outcome, reason, running, broken } = reportOf("crash");
    expect([outcome, running, broken]).toEqual(["rolled-back", ["imagery-2"], []]);
    expect(reason).toMatch(/server: .*exit code 1/);
  });

  it.each(["good", "bad", "crash"])("fails no request during the %s release", (release) => {
    const { requests } = reportOf(release);
    expect([requests.failed, requests.failures]).toEqual([0, []]);
    expect(requests.sent).toBeGreaterThan(50);
  });

  it.each(["good", "bad", "crash"])("never has fewer than the minimum during the %s release", (release) => {
    const { server, worker } = reportOf(release).capacity;
    expect([server, worker]).toEqual([
      { minimum: 2, lowest: 2 },
      { minimum: 1, lowest: 1 },
    ]);
  });

  it.each(["good", "bad", "crash"])("processes every image that is uploaded during the %s release", (release) => {
    const { uploaded, processed } = reportOf(release).images;
    expect(uploaded).toBeGreaterThan(0);
    expect(processed).toBe(uploaded);
  });

  it("launches each release from a folder of its own", () => {
    for (const image of ["imagery-1", "imagery-2", "imagery-3", "imagery-4"]) {
      expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^server: i-\\w+ launched .*image ${image}\\)$`)));
    }
  });
});

describe("npm run rehearse", () => {
  /** The file with the command's bundle */
  let program: string;

  beforeAll(async () => {
    program = await bundledCommand("rehearse");
  });

  /** Starts it from its bundle, which is faster. */
  const run = (...parameters: string[]): ChildProcess => start([program, ...parameters]);

  /** Starts it as `npm run rehearse` does. */
  const runFromSources = (...parameters: string[]): ChildProcess =>
    start(["--import", "tsx", "tools/rehearse/main.ts", ...parameters]);

  function start(args: readonly string[]): ChildProcess {
    return spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, TMPDIR: temporary },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** What rehearsals have left in the folder; tsx has a cache of its own there. */
  const left = (): string[] => readdirSync(temporary).filter((name) => name.startsWith("steadfast"));

  const outputOf = ({ stdout }: ChildProcess): Promise<string> =>
    stdout === null ? Promise.resolve("") : text(stdout);

  it("prints its report as the one document on standard output", async () => {
    const command = runFromSources("good", "--rate", "10", "--json");
    const errors = command.stderr === null ? "" : text(command.stderr);
    const [output] = await Promise.all([outputOf(command), once(command, "close")]);
    expect(JSON.parse(output)).toMatchObject({
      held: true,
      releases: [{ release: "good", outcome: "deployed", requests: { failed: 0 }, broken: [] }],
    });
    expect(await errors).toContain("waiting until every group is healthy on its image");
    expect([command.exitCode, left()]).toEqual([0, []]);
  }, 120_000);

  it("leaves nothing when it is interrupted in the middle of a release", async () => {
    const command = run("good", "--verbose");
    let said = "";
    command.stderr?.setEncoding("utf8").on("data", (chunk: string) => (said += chunk));
    while (!/launched .*image imagery-2\)/.test(said)) {
      if (command.exitCode !== null) throw new Error(`ended too early:\n${said}`);
      await sleep(20);
    }
    command.kill("SIGINT");
    const [exitCode] = (await once(command, "close")) as [number];
    expect(exitCode).toBe(130);
    const pids = launchedProcesses(said);
    expect(pids.length).toBeGreaterThanOrEqual(4);
    while (pids.some(isAlive)) await sleep(20);
    expect(left()).toEqual([]);
  }, 120_000);

  it.each([
    [["better"], "Allowed choices are good, bad, crash"],
    [["--rate", "1000"], "It must be a whole number from 1 to 200."],
  ])(
    "refuses %j",
    async (parameters, message) => {
      const command = run(...parameters);
      const errors = command.stderr === null ? "" : text(command.stderr);
      const [exitCode] = (await once(command, "close")) as [number];
      expect(await errors).toContain(message);
      expect(exitCode).toBe(2);
    },
    60_000,
  );
});
