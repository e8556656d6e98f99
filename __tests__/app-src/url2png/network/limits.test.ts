import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { Gatekeeper, type NetworkLimits, type Passage } from "../../../../app-src/url2png/network/gatekeeper";
import { eventually } from "../../../support/eventually";
import { startHttpServer, startTcpServer, type TestServer } from "./support/servers";
import { headThrough, requestThrough, tunnelThrough } from "./support/through";

let gatekeeper: Gatekeeper;
let page: TestServer;
/** Says nothing, whatever it hears. */
let silent: TestServer;
let passage: Passage;
/** Each line of the log: its text, and its fields. */
const lines: [text: string, fields: object][] = [];
const log = (fields: object, text?: string) => void lines.push([text ?? "", fields]);

beforeAll(async () => {
  page = await startHttpServer((request, response) => {
    if (request.url === "/endless") sendForEver(response);
    else response.end("x".repeat(1000));
  });
  silent = await startTcpServer((socket) => socket.resume().on("end", () => socket.end()));
  gatekeeper = new Gatekeeper({ allowedNetworks: ["127.0.0.1/32"], logger: { info: log, debug: log } });
});
afterEach(async () => {
  await passage.close();
  lines.length = 0;
});
afterAll(async () => {
  await gatekeeper.close();
  await Promise.all([page.close(), silent.close()]);
});

function sendForEver(response: ServerResponse): void {
  const send = () => {
    while (!response.destroyed && response.write(Buffer.alloc(64 * 1024)));
  };
  response.on("drain", send);
  send();
}

async function open(limits: Partial<NetworkLimits>): Promise<string> {
  passage = await gatekeeper.open(limits);
  return `http://127.0.0.1:${page.port}/`;
}

describe("a page that makes too many requests", () => {
  it("is refused from then on, and what it has open is cut off", async () => {
    const url = await open({ requests: 3 });
    const { socket } = await tunnelThrough(passage, `127.0.0.1:${silent.port}`);
    const cut = once(socket.resume(), "close");
    await requestThrough(passage, url);
    await requestThrough(passage, url);
    expect(passage.verdict).toBeUndefined();

    const refused = { status: 403, reason: "too-many-requests" };
    expect(await requestThrough(passage, url)).toMatchObject(refused);
    await cut;
    expect(await tunnelThrough(passage, `127.0.0.1:${page.port}`)).toMatchObject(refused);
    expect(passage.verdict).toEqual({ reason: "too-many-requests", message: "The page made more than 3 requests." });
    expect(passage.signal.aborted && (passage.signal.reason as unknown)).toBe(passage.verdict);
    expect([passage.requests, passage.refusals]).toEqual([5, []]);
    expect(lines).toEqual([["a page reached a limit of the network", passage.verdict]]);
  });

  it("is noticed by those that are refused too: an endless redirect ends", async () => {
    await open({ requests: 2 });
    const reasons = [];
    for (let i = 0; i < 4; i++) reasons.push((await requestThrough(passage, "http://10.0.0.1/")).reason);
    expect(reasons).toEqual(["address-not-allowed", "address-not-allowed", "too-many-requests", "too-many-requests"]);
  });
});

describe("a page that moves too many bytes", () => {
  it("is cut off in the middle of an answer that never ends", async () => {
    const url = await open({ bytes: 1_000_000 });
    const response = await headThrough(passage, `${url}endless`);
    await expect(buffer(response)).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(passage.verdict?.reason).toBe("too-many-bytes");
    // What had been read at that moment, and no more.
    expect(passage.bytes).toBeLessThan(1_200_000);
    expect(await requestThrough(passage, url)).toMatchObject({ status: 403, reason: "too-many-bytes" });
  });

  it.each(["a tunnel", "a request"])("is cut off when it sends them, through %s", async (way) => {
    const url = await open({ bytes: 100_000 });
    const body = Buffer.alloc(1_000_000);
    if (way === "a request") {
      // Whether the refusal arrives before the connection is gone is chance.
      await Promise.allSettled([requestThrough(passage, `http://127.0.0.1:${silent.port}/`, { method: "POST", body })]);
    } else {
      const { socket } = await tunnelThrough(passage, `127.0.0.1:${silent.port}`);
      socket.resume().write(body);
      await once(socket, "close");
    }
    expect(passage.verdict?.reason).toBe("too-many-bytes");
    expect(await requestThrough(passage, url)).toMatchObject({ reason: "too-many-bytes" });
  });
});

describe("a page that loads for too long", () => {
  it("is cut off, whatever it waits for", async () => {
    await open({ lifetimeMs: 100 });
    const { socket } = await tunnelThrough(passage, `127.0.0.1:${silent.port}`);
    const answer = requestThrough(passage, `http://127.0.0.1:${silent.port}/`);
    await once(socket.resume(), "close");
    expect(await answer).toMatchObject({
      status: 403,
      reason: "took-too-long",
      body: "The page was still loading after 0.1 seconds.\n",
    });
  });
});

describe("a server that is silent", () => {
  it("is given up with 502, while others are served", async () => {
    const url = await open({ idleMs: 200 });
    expect(await requestThrough(passage, `http://127.0.0.1:${silent.port}/`)).toMatchObject({
      status: 502,
      reason: "timeout",
      body: `127.0.0.1:${silent.port} was silent for too long.\n`,
    });
    const { socket } = await tunnelThrough(passage, `127.0.0.1:${silent.port}`);
    await once(socket.resume(), "close");
    expect(passage.refusalOf(`https://127.0.0.1:${silent.port}/`)?.reason).toBe("timeout");
    // On a busy machine a server that does answer may seem silent as well, for once.
    await eventually("an answer", async () => (await requestThrough(passage, url)).status === 200);
  });
});

describe("a page that has too many connections at once", () => {
  it("is refused one more, and gets it once another has ended", async () => {
    const url = await open({ connections: 2 });
    const tunnels = [];
    for (let i = 0; i < 2; i++) tunnels.push(await tunnelThrough(passage, `127.0.0.1:${silent.port}`));
    expect(await requestThrough(passage, url)).toMatchObject({ status: 502, reason: "too-many-connections" });
    expect(passage.verdict).toBeUndefined();
    tunnels[0]?.socket.destroy();
    await eventually("room", async () => (await requestThrough(passage, url)).status === 200);
  });
});

describe("a page that is refused ever so often", () => {
  it("fills neither memory nor log", async () => {
    await open({});
    for (let i = 0; i < 120; i++) await requestThrough(passage, `http://10.0.0.1:${i + 1}/secret?token=1`);
    expect([passage.refusals.length, lines.length, passage.requests]).toEqual([100, 100, 120]);
    expect(lines[0]).toEqual([
      "a request of a page was refused",
      {
        reason: "address-not-allowed",
        message: "10.0.0.1 is not on the public internet.",
        target: "10.0.0.1:1",
      },
    ]);
  });
});

describe("a closed passage", () => {
  it("has nothing open, and nobody listens any more", async () => {
    await open({});
    const { socket } = await tunnelThrough(passage, `127.0.0.1:${silent.port}`);
    const pending = requestThrough(passage, `http://127.0.0.1:${silent.port}/`).catch((error: unknown) => error);
    await eventually("two requests", () => passage.requests === 2);
    const cut = once(socket.resume(), "close");
    await passage.close();
    await cut;
    expect(await pending).toMatchObject({ code: "ECONNRESET" });
    const [error] = (await once(connect(Number(new URL(passage.proxyUrl).port), "127.0.0.1"), "error")) as [Error];
    expect(error).toMatchObject({ code: "ECONNREFUSED" });
    await passage.close(); // once more does no harm
    expect(passage.verdict).toBeUndefined();
  });

  it("comes with a closed gatekeeper", async () => {
    await open({});
    await gatekeeper.close();
    await expect(requestThrough(passage, "http://10.0.0.1/")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});
