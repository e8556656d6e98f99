import { once } from "node:events";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import { type Lap, Traffic, addRequests } from "../../../tools/rehearse/traffic";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let requests: string[];

/** A server that works, but for what a test makes of it. */
async function serve(spoil: Partial<Record<string, Handler>> = {}): Promise<string> {
  requests = [];
  let count = 0;
  server = createServer((request, response) => {
    const [, kind = ""] = /^(\/image\/\d+\/upload|\/image\/\d+|\/image|\/)$/.exec(request.url ?? "") ?? [];
    const route = `${request.method ?? ""} ${kind.replace(/\d+/, ":id")}`;
    requests.push(route);
    request.resume();
    const handler = spoil[route];
    if (handler !== undefined) handler(request, response);
    else if (route === "POST /image") response.writeHead(201).end(JSON.stringify({ id: String((count += 1)) }));
    else if (route === "POST /image/:id/upload") response.writeHead(202).end("{}");
    else response.end(JSON.stringify({ state: "processed" }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function trafficUntil(url: string, enough: () => boolean, patienceMs = 30_000): Promise<Lap & { all: number }> {
  const traffic = await Traffic.start(url, 200);
  while (!enough()) await sleep(10);
  const lap = await traffic.nextLap(patienceMs);
  const rest = await traffic.stop();
  return { ...lap, all: lap.sent + rest.sent };
}

const has = (route: string, times: number) => (): boolean =>
  requests.filter((request) => request === route).length >= times;

describe("requests of two laps", () => {
  it("are added up, the slowest and the first failures among them", () => {
    const lap: Lap = { sent: 5, failed: 1, failures: ["a"], slowestMs: 9, uploaded: ["x"], processed: 1 };
    const failures = ["b", "c", "d", "e", "f"];
    addRequests(lap, { sent: 7, failed: 5, failures, slowestMs: 4, uploaded: ["y"], processed: 0 });
    expect(lap).toEqual({
      sent: 12,
      failed: 6,
      failures: ["a", "b", "c", "d", "e"],
      slowestMs: 9,
      uploaded: ["x"],
      processed: 1,
    });
  });
});

describe("traffic", () => {
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it("asks for everything that visitors ask for, and finds nothing wrong with a server that works", async () => {
    const lap = await trafficUntil(await serve(), has("POST /image/:id/upload", 3));
    expect([lap.failed, lap.failures]).toEqual([0, []]);
    expect(new Set(requests)).toEqual(new Set(["GET /", "POST /image", "GET /image/:id", "POST /image/:id/upload"]));
    expect(lap.uploaded.length).toBeGreaterThanOrEqual(3);
    expect(lap.processed).toBe(lap.uploaded.length);
  });

  it.each<[what: string, handler: Handler, failure: RegExp]>([
    ["an error of the server", (_, response) => response.writeHead(503).end(), /^page: GET \/: status 503, not 200$/],
    ["another status", (_, response) => response.writeHead(204).end(), /^page: GET \/: status 204, not 200$/],
    ["a connection that breaks", (request) => request.socket.destroy(), /^page: socket hang up$/],
    [
      "half an answer",
      (request, response) => {
        response.writeHead(200, { "content-length": 1000 });
        response.write("half");
        setTimeout(() => request.socket.destroy(), 10);
      },
      /^page: aborted$/,
    ],
  ])("counts %s, and does not try again", async (_what, handler, failure) => {
    const lap = await trafficUntil(await serve({ "GET /": handler }), has("GET /", 3));
    expect(lap.failures[0]).toMatch(failure);
    expect(lap.failed).toBeGreaterThanOrEqual(3);
    expect(requests).toHaveLength(lap.all);
  });

  it("knows which images were not processed", async () => {
    const forEver: Handler = (_, response) => response.end(JSON.stringify({ state: "uploaded" }));
    const url = await serve({ "GET /image/:id": forEver });
    const lap = await trafficUntil(url, has("POST /image/:id/upload", 2), 100);
    expect(lap.failed).toBe(0);
    expect([lap.uploaded.length >= 2, lap.processed]).toEqual([true, 0]);
  });

  it("counts an image that failed as a failure", async () => {
    const failed: Handler = (_, response) => response.end(JSON.stringify({ state: "failed", reason: "no photo" }));
    const url = await serve({ "GET /image/:id": failed });
    const lap = await trafficUntil(url, has("GET /image/:id", 8), 1000);
    expect(lap.failures[0]).toMatch(/^look: image \d+ could not be processed: no photo$/);
  });
});
