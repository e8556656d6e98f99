import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { ProcessTable } from "../../../../app-src/imagery/shared/process-table";
import { startAwsEmulators, type AwsEmulators } from "../../../support/aws";
import { freePort } from "../../../../tools/local/fleet/free-port";
import { eventually } from "../../../support/eventually";
import { bmp } from "../../../support/images";
import {
  FORM_END,
  FORM_START,
  IMAGERY_BUILD,
  beginUpload,
  createProcess,
  expectProblem,
  formWith,
} from "../../../support/imagery-server";

interface ServerProcess {
  readonly child: ChildProcess;
  readonly url: string;
  /** Log lines so far */
  readonly logs: Record<string, unknown>[];
  /** What the process ended with */
  readonly exit: Promise<number | null>;
}

let aws: AwsEmulators;
let processes: ProcessTable;
const children: ChildProcess[] = [];

beforeAll(async () => {
  aws = await startAwsEmulators();
  processes = new ProcessTable(aws.dynamodb, aws.tableName);
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }
});
afterAll(() => aws.stop());

/** Starts the built server as systemd would, and waits until it listens. */
async function startServer(environment: Record<string, string> = {}): Promise<ServerProcess> {
  const port = await freePort();
  const child = spawn(process.execPath, [join(IMAGERY_BUILD, "server.js")], {
    env: { ...aws.environment, PORT: String(port), NODE_NO_WARNINGS: "1", ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  // "close" comes when everything the process wrote has been read as well.
  const exit = once(child, "close").then(([code]) => code as number | null);
  const logs: ServerProcess["logs"] = [];
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    logs.push(...lines.map((line) => JSON.parse(line) as Record<string, unknown>));
  });
  const logged = (): boolean => logs.some(({ msg }) => msg === "listening");
  await eventually("the server to listen (was it built, by npm run build?)", () => logged() || child.exitCode !== null);
  if (!logged()) throw new Error(`the server ended with ${child.exitCode}; was it built, by npm run build?`);
  return { child, url: `http://127.0.0.1:${port}`, logs, exit };
}

const messages = (logs: Record<string, unknown>[]): unknown[] => logs.map(({ msg }) => msg);

describe("the built server", () => {
  it("serves the API and the page", async () => {
    const { url } = await startServer();
    const { id, upload } = await createProcess(url);
    const response = await fetch(upload, {
      method: "POST",
      body: formWith(bmp(4, 3)),
      headers: { Accept: "application/json" },
    });
    expect(response.status).toBe(202);
    expect(await processes.get(id)).toMatchObject({ state: "uploaded" });
    expect(await (await fetch(url)).text()).toMatch(/<!doctype html>/i);
  });

  it("when its configuration is incomplete, ends at once and names what is missing", async () => {
    const child = spawn(process.execPath, [join(IMAGERY_BUILD, "server.js")], {
      env: { PORT: "8080" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    children.push(child);
    let output = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(1);
    expect(output).toMatch(/QUEUE_URL=.*BUCKET=.*TABLE=/s);
  });

  it("when the table cannot be reached, is 503 with a time to come again", async () => {
    const { url } = await startServer({ AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${await freePort()}` });
    const response = await fetch(`${url}/image/00000000-0000-4000-8000-000000000000`);
    expect(response.headers.get("retry-after")).toBe("1");
    await expectProblem(response, 503, /busy/);
  });

  it("when it was killed between table and queue, another one queues the upload", async () => {
    const { id } = await processes.create();
    await processes.markUploaded(id, Date.now());
    await startServer({ SWEEP_INTERVAL_SECONDS: "0.1", SWEEP_AFTER_SECONDS: "0.1" });
    await eventually("the mark to be taken off", async () => (await processes.get(id))?.unqueued === undefined);
  });
});

describe.each(["SIGTERM", "SIGINT"] as const)("when the server gets %s", (signal) => {
  it("ends with 0", async () => {
    const server = await startServer();
    server.child.kill(signal);
    expect(await server.exit).toBe(0);
    expect(messages(server.logs).slice(-2)).toEqual(["shutting down", "stopped"]);
  });
});

describe("when the server is told to end", () => {
  it("lets an upload in hand finish and takes no more", async () => {
    const server = await startServer();
    const { id, upload } = await createProcess(server.url);
    const { request, response } = beginUpload(upload);
    const photo = bmp(1600, 1200);
    request.write(FORM_START);
    request.write(photo.subarray(0, -1));
    await eventually("a first part of the file in the bucket", () =>
      aws.requests.some(({ method, url }) => method === "PUT" && url.includes(id)),
    );

    server.child.kill("SIGTERM");
    await eventually("the shutdown", () => messages(server.logs).includes("shutting down"));
    await expect(fetch(`${server.url}/health`)).rejects.toThrow();

    request.write(photo.subarray(-1));
    request.end(FORM_END);
    expect((await response).statusCode).toBe(202);
    (await response).resume();
    expect(await server.exit).toBe(0);
    expect(await processes.get(id)).toMatchObject({ state: "uploaded" });
  });

  it("closes idle connections that clients keep", async () => {
    const server = await startServer();
    const agent = new Agent({ keepAlive: true });
    const [response] = (await once(get(`${server.url}/health`, { agent }), "response")) as [IncomingMessage];
    response.resume();
    await once(response, "end");
    server.child.kill("SIGTERM");
    expect(await server.exit).toBe(0);
    agent.destroy();
  });
});
