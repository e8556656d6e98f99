import type { RequestListener } from "node:http";
import { afterEach, describe, expect, it } from "@jest/globals";
import { Client } from "../../../../tools/loadtest/http/client";
import { type SendOptions, type SendResult, sendRequests } from "../../../../tools/loadtest/http/send-requests";
import type { Look } from "../../../../tools/loadtest/http/statistics";
import { type TestServer, serve } from "./servers";

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
});

interface Changes extends Partial<Omit<SendOptions, "client">> {
  /** Milliseconds for one request */
  readonly timeout?: number;
}

async function send(answer: RequestListener, changes: Changes = {}): Promise<SendResult> {
  server = await serve(answer);
  const { timeout = 20_000, ...options } = changes;
  const { concurrency = 4 } = options;
  const client = new Client(server.url, { concurrency, timeout, keepAlive: true });
  return sendRequests({
    client,
    requests: 40,
    concurrency,
    seconds: 60,
    signal: new AbortController().signal,
    ...options,
  });
}

const HELLO: RequestListener = (_, response) => response.end("hello");
const NEVER: RequestListener = () => undefined;

describe("requests to a server that answers", () => {
  it("are sent as often as was asked for, each once", async () => {
    let served = 0;
    const result = await send((_, response) => {
      served++;
      response.end("hello");
    });
    expect(served).toBe(40);
    expect(result).toMatchObject({ sent: 40, ending: "count", totals: { succeeded: 40, failed: 0, bytes: 200 } });
  });

  it("are so many at a time, neither more nor less, on as many connections", async () => {
    const waiting: (() => void)[] = [];
    let most = 0;
    await send(
      (_, response) => {
        waiting.push(() => response.end());
        most = Math.max(most, waiting.length);
        // Nobody is answered before all are there.
        if (waiting.length === 4) for (const answer of waiting.splice(0)) answer();
      },
      { concurrency: 4 },
    );
    expect([most, server?.connections()]).toEqual([4, 4]);
  });

  it("are no more at a time than there are", async () => {
    expect(await send(HELLO, { requests: 2, concurrency: 2 })).toMatchObject({ sent: 2, totals: { succeeded: 2 } });
  });

  it("are in the looks, all of them", async () => {
    const seen: Look[] = [];
    const { looks } = await send(HELLO, { onLook: (look) => seen.push(look) });
    expect(seen).toEqual(looks);
    expect(looks.reduce((sum, { succeeded }) => sum + succeeded, 0)).toBe(40);
  });
});

describe("requests to a server that has faults", () => {
  it("some of which it answers with 500, are counted by status, and go on", async () => {
    let served = 0;
    const { totals } = await send((_, response) => {
      served++;
      response.writeHead(served % 4 === 0 ? 500 : 200).end();
    });
    expect(totals).toMatchObject({ succeeded: 30, failed: 10 });
    expect([...totals.statusCodes].sort()).toEqual([
      [200, 30],
      [500, 10],
    ]);
    expect([...totals.errors]).toEqual([["status 500", 10]]);
  });

  it("some of which it resets, are counted as such, and go on", async () => {
    let served = 0;
    const { totals, ending } = await send((request, response) => {
      served++;
      if (served % 20 === 0) request.socket.resetAndDestroy();
      else response.end();
    });
    expect([...totals.errors]).toEqual([["reset", 2]]);
    expect([totals.succeeded, ending]).toEqual([38, "count"]);
  });

  it("that hang, time out, and are not taken for a server that is gone", async () => {
    const { totals, ending } = await send(NEVER, { requests: 8, timeout: 30, goneAfter: 0 });
    expect([...totals.errors]).toEqual([["time-out", 8]]);
    expect(ending).toBe("count");
  });

  it("of which none was answered, have no latency", async () => {
    const { totals, looks } = await send(NEVER, { requests: 4, timeout: 30 });
    expect([totals.latency, ...looks.map(({ latency }) => latency)]).toEqual(expect.arrayContaining([undefined]));
    expect(totals.latency).toBeUndefined();
  });
});

describe("requests end early", () => {
  it("when the server dies: in few errors, and not in as many as there are requests", async () => {
    let served = 0;
    const result = await send(
      (_, response) => {
        served++;
        response.end();
        if (served === 20) void server?.close();
      },
      { requests: 100_000, goneAfter: 1 },
    );
    expect(result.ending).toBe("gone");
    expect(result.totals.succeeded).toBeGreaterThan(0);
    // Each of the four may have failed twice until it was clear.
    expect(result.totals.failed).toBeLessThanOrEqual(8);
  });

  it("when time is up: what is on its way counts for nothing", async () => {
    const result = await send(NEVER, { seconds: 0.05 });
    expect(result).toMatchObject({ sent: 4, ending: "time", totals: { succeeded: 0, failed: 0 } });
    expect(result.looks).toHaveLength(1);
  });

  it("when they are interrupted: what has been counted so far is there", async () => {
    const stopping = new AbortController();
    let served = 0;
    const { ending, totals } = await send(
      (_, response) => {
        served++;
        if (served <= 12) response.end();
        else stopping.abort();
      },
      { signal: stopping.signal, concurrency: 1 },
    );
    expect([ending, totals.succeeded, totals.failed]).toEqual(["interrupted", 12, 0]);
  });

  it("when they were interrupted before they began: without a single one", async () => {
    const { ending, sent } = await send(HELLO, { signal: AbortSignal.abort() });
    expect([ending, sent]).toEqual(["interrupted", 0]);
  });
});
