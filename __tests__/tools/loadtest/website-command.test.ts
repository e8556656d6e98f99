import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import type { WebsiteReport } from "../../../tools/loadtest/http/report";
import { bundledCommand } from "../../support/commands";
import { type TestServer, emptyUrl, serve } from "./http/servers";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "steadfast-website-"));
const chart = join(folder, "chart.svg");

let program = "";
let server: TestServer | undefined;

beforeAll(async () => {
  program = await bundledCommand("loadtest");
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(chart, { force: true });
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(url: string, ...parameters: string[]): { process: ChildProcess; ended: Promise<Ended> } {
  const all = ["wordpress", "--url", url, "--chart", chart, ...parameters];
  const started = spawn(process.execPath, [program, ...all], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  const ended = Promise.all([text(started.stdout), text(started.stderr), once(started, "close")]).then(
    ([stdout, stderr, [code]]) => ({ stdout, stderr, code: code as number | null }),
  );
  return { process: started, ended };
}

/** Tests a site that answers so. */
async function test(answer: RequestListener, ...parameters: string[]): Promise<Ended> {
  server = await serve(answer);
  return start(server.url.href, "--requests", "60", "--concurrency", "3", ...parameters).ended;
}

/** Answers with 503 every twentieth time; the first request is the one by which the command sees whether somebody answers. */
function sometimesBusy(): RequestListener {
  let served = 0;
  return (_, response) => response.writeHead(++served % 20 === 0 ? 503 : 200).end("hello");
}

describe("npm run loadtest wordpress", () => {
  it("sends the requests, prints a report and writes a chart", async () => {
    let served = 0;
    const { code, stdout, stderr } = await test((_, response) => {
      served++;
      response.end("hello");
    });
    expect(stdout).toContain("60 sent, 60 succeeded, 0 failed, 0 cut off");
    expect(stdout).toContain("Every request that came to its end succeeded.");
    expect([code, served]).toEqual([0, 61]);
    expect(stderr).toContain(`chart: ${chart}`);
    expect(readFileSync(chart, "utf8")).toContain("60 requests, 3 at a time");
  });

  it("with --json, prints nothing but the report as JSON on standard output", async () => {
    const { code, stdout } = await test(sometimesBusy(), "--json");
    expect(JSON.parse(stdout) as WebsiteReport).toMatchObject({
      sent: 60,
      succeeded: 57,
      failed: 3,
      ending: "count",
      statusCodes: { 200: 57, 503: 3 },
      errors: { "status 503": 3 },
      broken: [expect.stringContaining("3 of 60 requests failed (5 %; none may)")],
    });
    expect(code).toBe(1);
  });

  it.each([
    ["0.05", 0],
    ["0.04", 1],
  ])("with --max-errors %s where one in twenty fails, ends with %d", async (share, expected) => {
    const { code } = await test(sometimesBusy(), "--max-errors", share);
    expect(code).toBe(expected);
  });

  it("says when the first answer is a redirection, which it does not follow", async () => {
    const { code, stderr } = await test((_, response) => response.writeHead(301, { location: "/moved" }).end());
    expect(stderr).toContain("the first answer leads to /moved");
    expect(code).toBe(0);
  });

  it("where nobody listens, says so in one line", async () => {
    const url = await emptyUrl();
    const { code, stdout, stderr } = await start(url.href).ended;
    expect(stderr).toBe(`error: ${url.href} does not answer: connect ECONNREFUSED ${url.host} (refused)\n`);
    expect([code, stdout, existsSync(chart)]).toEqual([2, "", false]);
  });

  it("on Ctrl-C, ends in order: with the report and the chart of what it has seen", async () => {
    let served = 0;
    let enough = (): void => undefined;
    const reached = new Promise<void>((resolve) => (enough = resolve));
    server = await serve((_, response) => {
      served++;
      if (served <= 20) response.end();
      else enough();
    });
    const running = start(server.url.href, "--requests", "60", "--concurrency", "3", "--json");
    await reached;
    running.process.kill("SIGINT");
    const { code, stdout } = await running.ended;
    const report = JSON.parse(stdout) as WebsiteReport;
    expect(report).toMatchObject({ ending: "interrupted", failed: 0, broken: ["it was interrupted"] });
    // Nineteen, and the first one that does not count; the last two may not have arrived.
    expect(report.succeeded).toBeGreaterThanOrEqual(17);
    expect(report.cutOff).toBe(report.sent - report.succeeded);
    expect([code, existsSync(chart)]).toEqual([130, true]);
  });

  it("when the server dies, shows that in the live view, and no warning of Node's", async () => {
    let served = 0;
    server = await serve((_, response) => {
      served++;
      if (served <= 40) response.end();
      else void server?.close();
    });
    const running = start(server.url.href, "--concurrency", "30");
    let said = "";
    running.process.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("refused")) running.process.kill("SIGINT");
    });
    const { stdout, stderr } = await running.ended;
    expect(stdout).toMatch(/BROKEN: \d+ of \d+ requests failed .*refused/);
    expect(stderr).not.toContain("Warning");
  });

  it("on Ctrl-C before the first answer, has nothing to report", async () => {
    let arrived = (): void => undefined;
    const reached = new Promise<void>((resolve) => (arrived = resolve));
    server = await serve(() => {
      arrived();
    });
    const running = start(server.url.href);
    await reached;
    running.process.kill("SIGINT");
    const { code, stdout } = await running.ended;
    expect([code, stdout, existsSync(chart)]).toEqual([130, "", false]);
  });
});

describe("npm run loadtest wordpress, before anything is sent", () => {
  it.each([
    [["--url", "ftp://site.test/"], '--url is "ftp://site.test/": it must be an http:// or https:// URL'],
    [["--requests", "10"], "--concurrency 15 must not be more than --requests 10"],
    [["--requests", "0"], "It must be a whole number from 1 to 1000000000."],
    [["--concurrency", "1001"], "It must be a whole number from 1 to 1000."],
    [["--max-errors", "5"], "It must be a number from 0 to 1, such as 0.001."],
    [["--chart", join(folder, "none", "x.svg")], "nothing can be written there"],
  ])("refuses %j", async (parameters, message) => {
    // A later --url counts. Nobody listens at the first one, and nobody is asked.
    const { code, stdout, stderr } = await start("http://127.0.0.1:1/", ...parameters).ended;
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("does not answer");
    expect([code, stdout]).toEqual([2, ""]);
  });
});
