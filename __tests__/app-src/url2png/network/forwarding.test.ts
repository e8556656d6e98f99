import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { pino } from "pino";
import { Gatekeeper, type Passage } from "../../../../app-src/url2png/network/gatekeeper";
import { eventually } from "../../../support/eventually";
import { startCanaryBeside, startHttpServer, startTcpServer, type TestServer } from "./support/servers";
import { headThrough, requestThrough, tunnelThrough } from "./support/through";

interface Seen {
  readonly line: string;
  readonly headers: readonly string[];
  readonly body: string;
}

const seen: Seen[] = [];
const asked: string[] = [];
let page: TestServer;
let canary: TestServer;
let canaryHost: string;
let gatekeeper: Gatekeeper;
let passage: Passage;
let origin: string;

beforeAll(async () => {
  page = await startHttpServer((request, response) => {
    void text(request).then((body) => {
      seen.push({ line: `${request.method ?? ""} ${request.url ?? ""}`, headers: request.rawHeaders, body });
      if (request.url === "/to-canary") {
        response.writeHead(302, { location: `http://inside.example:${page.port}/` });
      } else {
        response.writeHead(201, "Made", {
          "set-cookie": ["a=1", "b=2"],
          "x-url2png-refusal": "pretended",
          "proxy-authenticate": "Basic",
          connection: "x-hop",
          "x-hop": "1",
          "x-end": "2",
        });
      }
      response.end(request.method === "HEAD" ? undefined : "hello");
    });
  });
  ({ canary, host: canaryHost } = await startCanaryBeside(page));
  const names: Readonly<Record<string, readonly string[]>> = {
    "page.example": ["127.0.0.1"],
    "inside.example": [canaryHost],
    "half.example": ["127.0.0.1", canaryHost],
  };
  gatekeeper = new Gatekeeper({
    allowedNetworks: ["127.0.0.1/32"],
    logger: pino({ level: "silent" }),
    resolve: async (name) => {
      asked.push(name);
      // The first time it is harmless.
      const rebinding = asked.filter((other) => other === name).length === 1 ? "127.0.0.1" : canaryHost;
      return await Promise.resolve(name === "rebinding.example" ? [rebinding] : (names[name] ?? []));
    },
  });
});
beforeEach(async () => {
  seen.length = 0;
  asked.length = 0;
  origin = `http://page.example:${page.port}`;
  passage = await gatekeeper.open();
});
afterEach(async () => {
  await passage.close();
  expect(canary.connections).toBe(0);
});
afterAll(async () => {
  await gatekeeper.close();
  await Promise.all([page.close(), canary.close()]);
});

describe("a request to an allowed network", () => {
  it("is passed on to the address, with the name of the URL as its Host", async () => {
    const { status, body } = await requestThrough(passage, `${origin}/a/b?c=d#e`, {
      headers: { host: "other.example" },
    });
    expect([status, body]).toEqual([201, "hello"]);
    expect(seen).toMatchObject([{ line: "GET /a/b?c=d", body: "" }]);
    expect(seen[0]?.headers).toEqual(expect.arrayContaining(["host", `page.example:${page.port}`]));
    expect(seen[0]?.headers).not.toContain("other.example");
  });

  it("loses the headers that are between the browser and the proxy, and gains none", async () => {
    await requestThrough(passage, `${origin}/`, {
      headers: {
        connection: "close, x-hop",
        "x-hop": "1",
        "keep-alive": "timeout=5",
        "proxy-connection": "keep-alive",
        "proxy-authorization": "Basic abc",
        te: "trailers",
        upgrade: "websocket",
        expect: "100-continue",
        "x-url2png-refusal": "pretended",
        "user-agent": "test",
        accept: ["text/html", "image/png"],
      },
    });
    const names = (seen[0]?.headers ?? []).filter((_, i) => i % 2 === 0);
    expect(names.sort()).toEqual(["Connection", "accept", "accept", "host", "user-agent"].sort());
  });

  it("gets the answer with all its headers, but for those of the hop and the one that only the proxy may send", async () => {
    const { headers } = await requestThrough(passage, `${origin}/`);
    expect(headers).toMatchObject({ "set-cookie": ["a=1", "b=2"], "x-end": "2" });
    expect(headers).not.toHaveProperty("x-hop");
    expect(headers).not.toHaveProperty("x-url2png-refusal");
    expect(headers).not.toHaveProperty("proxy-authenticate");
  });

  it.each([
    ["of a known length", { "content-length": "26" }],
    ["in chunks", { "transfer-encoding": "chunked" }],
  ])("carries a body %s, whatever the method", async (_, headers) => {
    for (const method of ["POST", "PUT", "DELETE"]) {
      await requestThrough(passage, `${origin}/`, { method, headers, body: "GET /smuggled HTTP/1.1\r\n\r\n" });
    }
    expect(seen.map(({ line }) => line)).toEqual(["POST /", "PUT /", "DELETE /"]);
    expect(new Set(seen.map(({ body }) => body))).toEqual(new Set(["GET /smuggled HTTP/1.1\r\n\r\n"]));
  });

  it("may be HEAD", async () => {
    expect(await requestThrough(passage, `${origin}/`, { method: "HEAD" })).toMatchObject({ status: 201, body: "" });
  });

  it("that asks for a WebSocket is an ordinary request: browsers ask for a tunnel", async () => {
    const headers = { connection: "Upgrade", upgrade: "websocket" };
    expect(await requestThrough(passage, `${origin}/`, { headers })).toMatchObject({ status: 201 });
  });

  it("is passed on at the pace of the slower side", async () => {
    let sent = 0;
    const endless = await startTcpServer((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      const chunk = Buffer.alloc(64 * 1024);
      const send = () => {
        while (!socket.destroyed && socket.write(chunk)) sent += chunk.length;
      };
      socket.on("drain", send);
      send();
    });
    const unlimited = await gatekeeper.open({ bytes: Infinity });
    const response = await headThrough(unlimited, `http://page.example:${endless.port}/`);
    response.pause();
    let before = -1;
    await eventually("a server that has to wait", () => {
      const stands = sent === before;
      before = sent;
      return stands;
    });
    // Nothing reads here: what was sent is in the buffers of the kernel and of the streams between.
    expect(unlimited.bytes).toBeLessThan(16 * 1024 * 1024);
    response.destroy();
    await unlimited.close();
    await endless.close();
  });

  it("of a browser that has gone is given up", async () => {
    let gone = false;
    const silent = await startTcpServer((socket) => socket.resume().on("end", () => (gone = true)));
    const pending = headThrough(passage, `http://page.example:${silent.port}/`);
    await eventually("a connection", () => silent.connections === 1);
    await passage.close();
    await expect(pending).rejects.toMatchObject({ code: "ECONNRESET" });
    await eventually("the end of it", () => gone);
    await silent.close();
  });
});

describe("a redirect to an address that is not allowed", () => {
  it("is passed on, and refused when it is followed", async () => {
    const { status, headers } = await requestThrough(passage, `${origin}/to-canary`);
    expect(status).toBe(302);
    expect(await requestThrough(passage, headers.location ?? "")).toMatchObject({ reason: "address-not-allowed" });
  });
});

describe("a name of several addresses of which one is not allowed", () => {
  it("is refused", async () => {
    expect(await requestThrough(passage, `http://half.example:${page.port}/`)).toMatchObject({
      reason: "address-not-allowed",
    });
  });
});

describe("a name that is allowed first and something else next", () => {
  it("is asked for once, and means the same as long as the page is loaded", async () => {
    const url = `http://rebinding.example:${page.port}/`;
    for (let i = 0; i < 3; i++) expect(await requestThrough(passage, url)).toMatchObject({ status: 201 });
    const { status, socket } = await tunnelThrough(passage, `rebinding.example:${page.port}`);
    expect([status, asked]).toEqual([200, ["rebinding.example"]]);
    socket.destroy();
  });

  it("is asked for again by the next page, and refused to it", async () => {
    const url = `http://rebinding.example:${page.port}/`;
    await requestThrough(passage, url);
    const next = await gatekeeper.open();
    expect(await requestThrough(next, url)).toMatchObject({ reason: "address-not-allowed" });
    await next.close();
  });
});

describe("a server that fails is answered with 502 and the reason:", () => {
  const answers: Readonly<Record<string, readonly [answer: string, reason: string]>> = {
    "no answer": ["", "connection-failed"],
    "no HTTP": ["SSH-2.0-OpenSSH\r\n", "invalid-response"],
    "a length and chunks": [
      "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "invalid-response",
    ],
    "two lengths": ["HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nbody", "invalid-response"],
    "a control character": ["HTTP/1.1 200 OK\r\nX-A: b\u0001c\r\n\r\n", "invalid-response"],
    "an impossible status": ["HTTP/1.1 099 No\r\n\r\n", "invalid-response"],
    "a switch of protocols that nobody asked for": [
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
      "invalid-response",
    ],
    "headers without an end": [`HTTP/1.1 200 OK\r\nX-A: ${"a".repeat(70_000)}`, "invalid-response"],
  };

  it.each(Object.entries(answers))("%s", async (_, [answer, reason]) => {
    const bad = await startTcpServer((socket) => socket.once("data", () => socket.end(answer, "latin1")));
    expect(await requestThrough(passage, `http://page.example:${bad.port}/`)).toMatchObject({ status: 502, reason });
    expect(passage.refusals).toMatchObject([{ reason, target: `page.example:${bad.port}` }]);
    await bad.close();
  });

  it("nobody listens", async () => {
    const closed = await startTcpServer(() => undefined);
    await closed.close();
    const url = `http://page.example:${closed.port}/`;
    expect(await requestThrough(passage, url)).toMatchObject({ status: 502, reason: "connection-failed" });
    expect(await tunnelThrough(passage, `page.example:${closed.port}`)).toMatchObject({
      status: 502,
      reason: "connection-failed",
    });
    expect(passage.refusalOf(url)?.message).toBe(
      `The connection to page.example:${closed.port} failed (ECONNREFUSED).`,
    );
  });

  it("a body that breaks off is broken off, as there is no other way left to say it", async () => {
    const cut = await startTcpServer((socket) => {
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbeginning", () => socket.resetAndDestroy());
      });
    });
    const response: IncomingMessage = await headThrough(passage, `http://page.example:${cut.port}/`);
    response.resume();
    await expect(once(response, "end")).rejects.toMatchObject({ code: "ECONNRESET" });
    await cut.close();
  });
});
