import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { pino } from "pino";
import { Gatekeeper, type Passage } from "../../../../app-src/url2png/network/gatekeeper";
import { startCanary, type TestServer } from "./support/servers";
import { rawThrough, requestThrough, tunnelThrough } from "./support/through";

const logger = pino({ level: "silent" });

/** What DNS says in these tests. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  "inside.example": ["10.0.0.1"],
  "loopback.example": ["127.0.0.1"],
  "metadata.example": ["169.254.169.254"],
  "mapped.example": ["::ffff:127.0.0.1"],
  "v6.example": ["::1"],
  "both.example": ["203.0.114.1", "127.0.0.1"],
  "garbage.example": ["not-an-address"],
  "ip-10-0-0-1.ec2.internal": ["10.0.0.1"],
};

let canary: TestServer;
let gatekeeper: Gatekeeper;
let passage: Passage;
const asked: string[] = [];

beforeAll(async () => {
  canary = await startCanary();
  gatekeeper = new Gatekeeper({
    allowedNetworks: [],
    logger,
    resolve: async (name) => {
      asked.push(name);
      if (name === "broken.example") throw Object.assign(new Error("no answer"), { code: "ESERVFAIL" });
      return await Promise.resolve(NAMES[name] ?? []);
    },
  });
});
beforeEach(async () => {
  asked.length = 0;
  passage = await gatekeeper.open();
});
afterEach(async () => {
  await passage.close();
  expect(canary.connections).toBe(0);
});
afterAll(async () => {
  await gatekeeper.close();
  await canary.close();
});

describe("an address that is not public", () => {
  it.each([
    "127.0.0.1",
    "127.1",
    "0177.0.0.1",
    "0x7f000001",
    "2130706433",
    "127.0.0.1.",
    "１２７.0.0.1",
    "%31%32%37.0.0.1",
    "0",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "anything.localhost",
    "169.254.169.254",
    "[fd00:ec2::254]",
    "10.0.0.1",
    "loopback.example",
    "inside.example",
    "metadata.example",
    "mapped.example",
    "v6.example",
    "both.example",
    "garbage.example",
    "ip-10-0-0-1.ec2.internal",
  ])("is refused when it is spelled %s, to requests and to tunnels", async (host) => {
    const latin = encodeURI(host).replaceAll("%25", "%").replaceAll("%5B", "[").replaceAll("%5D", "]");
    expect(await requestThrough(passage, `http://${latin}:${canary.port}/`)).toMatchObject({
      status: 403,
      reason: "address-not-allowed",
    });
    expect(await tunnelThrough(passage, `${latin}:${canary.port}`)).toMatchObject({
      status: 403,
      reason: "address-not-allowed",
    });
  });

  it("is not told to whoever chose the name", async () => {
    const { body } = await requestThrough(passage, "http://inside.example/");
    expect(body).toBe("inside.example is not on the public internet.\n");
    expect(JSON.stringify(passage.refusals)).not.toContain("10.0.0.1");
  });
});

describe("a name", () => {
  it("that does not exist is 502 name-not-found", async () => {
    expect(await requestThrough(passage, "http://missing.example/")).toMatchObject({
      status: 502,
      reason: "name-not-found",
      body: "missing.example does not exist.\n",
    });
  });

  it("that could not be resolved is 502 name-not-resolved, with the code of the resolver", async () => {
    expect(await tunnelThrough(passage, "broken.example:443")).toMatchObject({
      status: 502,
      reason: "name-not-resolved",
    });
    expect(passage.refusalOf("https://broken.example/path")).toEqual({
      reason: "name-not-resolved",
      message: "broken.example could not be resolved (ESERVFAIL).",
      target: "broken.example:443",
    });
  });
});

describe("a public address", () => {
  it.each([21, 22, 25, 8080, 6379, 65_535])("is refused on port %d", async (port) => {
    const refused = { status: 403, reason: "port-not-allowed" };
    expect(await requestThrough(passage, `http://203.0.114.1:${port}/`)).toMatchObject(refused);
    expect(await tunnelThrough(passage, `203.0.114.1:${port}`)).toMatchObject(refused);
  });
});

describe("what is no request for an http URL", () => {
  it.each([
    ["https://example.org/", "scheme-not-allowed"],
    ["ws://example.org/", "scheme-not-allowed"],
    ["ftp://example.org/", "scheme-not-allowed"],
    ["file:///etc/passwd", "scheme-not-allowed"],
    ["/", "invalid-url"],
    ["//127.0.0.1/", "invalid-url"],
    ["*", "invalid-url"],
    ["http://user:word@example.org/", "credentials-in-url"],
  ])("%s is refused", async (url, reason) => {
    expect(await requestThrough(passage, url)).toMatchObject({ status: 403, reason });
  });

  it.each(["example.org", "example.org:443/", "http://example.org:443", "user@example.org:443"])(
    "nor a tunnel to %s",
    async (authority) => {
      expect(await tunnelThrough(passage, authority)).toMatchObject({ status: 403, reason: "invalid-url" });
    },
  );

  it.each([
    ["two lengths", "Content-Length: 4\r\nContent-Length: 5"],
    ["a length and chunks", "Content-Length: 4\r\nTransfer-Encoding: chunked"],
    ["an unknown coding last", "Transfer-Encoding: chunked, gzip"],
    ["a folded header", "X-A: b\r\n c: d\r\nX-B : e"],
    ["a header without an end", `X-A: ${"a".repeat(70_000)}`],
  ])("with %s is answered with 4xx and goes nowhere", async (_, headers) => {
    const answer = await rawThrough(
      passage,
      `POST http://127.0.0.1:${canary.port}/ HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n\r\nbody`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(passage.requests).toBe(0);
  });
});

describe("the page's own URL", () => {
  it.each([
    ["http://example.org/", undefined],
    ["https://example.org:443/a?b#c", undefined],
    ["file:///etc/passwd", "scheme-not-allowed"],
    ["view-source:http://example.org/", "scheme-not-allowed"],
    ["nonsense", "invalid-url"],
    ["http://user@example.org/", "credentials-in-url"],
    ["http://example.org:8080/", "port-not-allowed"],
    ["http://0x7f.1/", "address-not-allowed"],
    ["http://localhost/", "address-not-allowed"],
    ["https://[fd00:ec2::254]/latest/meta-data/", "address-not-allowed"],
  ])("%s is checked before it is opened: %s", (url, reason) => {
    expect(passage.checkUrl(url)?.reason).toBe(reason);
    expect([asked, passage.requests]).toEqual([[], 0]);
  });

  it("may have any port where a network is allowed: which address it has is found out later", async () => {
    const open = new Gatekeeper({ allowedNetworks: ["10.1.0.0/16"], logger });
    const other = await open.open();
    expect(other.checkUrl("http://intranet.example:8080/")).toBeUndefined();
    expect(other.checkUrl("http://10.1.2.3:8080/")).toBeUndefined();
    expect(other.checkUrl("http://10.2.0.1:8080/")?.reason).toBe("address-not-allowed");
    await open.close();
  });
});

describe("a proxy", () => {
  it("may be led to the same port at another address of this machine, which is somebody else's", async () => {
    const lax = new Gatekeeper({ allowedNetworks: ["127.0.0.2/32"], logger });
    const own = await lax.open();
    const { port } = new URL(own.proxyUrl);
    expect(own.checkUrl(`http://127.0.0.2:${port}/`)).toBeUndefined();
    expect(own.checkUrl(`http://127.0.0.1:${port}/`)).toMatchObject({ reason: "address-not-allowed" });
    await lax.close();
  });

  it("is not led to itself or to another page's, not even where loopback is allowed", async () => {
    const open = new Gatekeeper({ allowedNetworks: ["127.0.0.0/8", "::1/128"], logger });
    const [one, other] = [await open.open(), await open.open()];
    for (const { proxyUrl } of [one, other]) {
      const { port } = new URL(proxyUrl);
      for (const host of ["127.0.0.1", "localhost", "[::1]"]) {
        expect(await requestThrough(one, `http://${host}:${port}/`)).toMatchObject({ reason: "address-not-allowed" });
        expect(await tunnelThrough(one, `${host}:${port}`)).toMatchObject({ reason: "address-not-allowed" });
      }
    }
    expect(other.requests).toBe(0);
    await open.close();
  });
});
