import type { RequestListener } from "node:http";
import type { Socket } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { Client, type ClientOptions, type Outcome } from "../../../../tools/loadtest/http/client";
import { type TestServer, emptyUrl, serve, serveRaw } from "./servers";

const opened: { close(): unknown }[] = [];

function owned<T extends { close(): unknown }>(opening: T): T {
  opened.push(opening);
  return opening;
}

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

function clientOf(url: URL, options: Partial<ClientOptions> = {}): Client {
  return owned(new Client(url, { concurrency: 4, timeout: 20_000, keepAlive: true, ...options }));
}

async function site(answer: RequestListener, perConnection?: number): Promise<TestServer> {
  return owned(await serve(answer, perConnection));
}

const HELLO: RequestListener = (_, response) => response.end("hello");
const NEVER: RequestListener = () => undefined;

describe("a request", () => {
  it("that is answered, has the status and the size of the body", async () => {
    const { url } = await site(HELLO);
    expect(await clientOf(url).get()).toMatchObject({ kind: "answer", status: 200, bytes: 5 });
  });

  it("goes to the path and the query of the URL, and says who is asking", async () => {
    const seen: unknown[] = [];
    const { url } = await site((request, response) => {
      seen.push(request.method, request.url, request.headers["user-agent"]);
      response.end();
    });
    await clientOf(new URL("/wp-login.php?a=1#top", url)).get();
    expect(seen).toEqual(["GET", "/wp-login.php?a=1", "steadfast-loadtest"]);
  });

  it("that is answered with an error, is an answer all the same", async () => {
    const { url } = await site((_, response) => response.writeHead(503).end("busy"));
    expect(await clientOf(url).get()).toMatchObject({ kind: "answer", status: 503, bytes: 4 });
  });

  it("follows no redirection: another host did not ask for load", async () => {
    let elsewhere = 0;
    const other = await site((_, response) => {
      elsewhere++;
      response.end();
    });
    const { url } = await site((_, response) => response.writeHead(302, { location: other.url.href }).end());
    expect(await clientOf(url).get()).toMatchObject({ kind: "answer", status: 302, location: other.url.href });
    expect(elsewhere).toBe(0);
  });

  it("that is not answered in time, is a time-out", async () => {
    const { url } = await site(NEVER);
    expect(await clientOf(url, { timeout: 50 }).get()).toEqual({
      kind: "error",
      error: "time-out",
      message: "no answer within 0.05 s",
    });
  });

  it("whose answer begins in time and does not end, is a time-out as well", async () => {
    const { url } = await site((_, response) => response.writeHead(200, { "content-length": 10 }).write("hello"));
    expect(await clientOf(url, { timeout: 50 }).get()).toMatchObject({ error: "time-out" });
  });

  it("to where nobody listens, is refused", async () => {
    expect(await clientOf(await emptyUrl()).get()).toMatchObject({ kind: "error", error: "refused" });
  });

  it.each<[string, (socket: Socket) => void, string]>([
    ["whose connection is reset", (socket) => socket.resetAndDestroy(), "reset"],
    ["whose connection is closed in good order, without an answer", (socket) => socket.end(), "reset"],
    [
      "whose answer is cut short",
      (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"),
      "reset",
    ],
    ["whose answer is not HTTP", (socket) => socket.end("220 smtp.test ESMTP\r\n"), "not HTTP"],
  ])("%s, is an error: %s", async (_, answer, error) => {
    const { url } = owned(await serveRaw(answer));
    expect(await clientOf(url).get()).toMatchObject({ kind: "error", error });
  });

  it("over TLS to a server without it, is an error of TLS", async () => {
    const { url } = await site(HELLO);
    url.protocol = "https:";
    expect(await clientOf(url).get()).toMatchObject({ kind: "error", error: "TLS" });
  });
});

describe("connections", () => {
  async function oneAfterAnother(client: Client, times: number): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (let i = 0; i < times; i++) outcomes.push(await client.get());
    return outcomes;
  }

  it("are used again", async () => {
    const { url, connections } = await site(HELLO);
    await oneAfterAnother(clientOf(url), 5);
    expect(connections()).toBe(1);
  });

  it("without keep-alive, serve one request each", async () => {
    const { url, connections } = await site(HELLO);
    await oneAfterAnother(clientOf(url, { keepAlive: false }), 5);
    expect(connections()).toBe(5);
  });

  it("that the server closes after some answers, as Apache does after a hundred, lose no request", async () => {
    let served = 0;
    const { url, connections } = await site((_, response) => {
      served++;
      response.end("hello");
    }, 2);
    const outcomes = await oneAfterAnother(clientOf(url), 6);
    expect(outcomes.filter((outcome) => outcome.kind === "answer" && outcome.status === 200)).toHaveLength(6);
    expect([served, connections()]).toEqual([6, 3]);
  });
});

describe("closing the client", () => {
  it.each([true, false])("cuts off what is on its way (keep-alive: %s)", async (keepAlive) => {
    const { url } = await site(NEVER);
    const client = clientOf(url, { keepAlive, concurrency: 2 });
    // The third one has no connection yet, where connections are kept.
    const outcomes = Promise.all([client.get(), client.get(), client.get()]);
    client.close();
    expect(await outcomes).toEqual([{ kind: "cut off" }, { kind: "cut off" }, { kind: "cut off" }]);
  });
});
