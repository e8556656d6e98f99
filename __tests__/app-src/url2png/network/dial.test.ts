import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { pino } from "pino";
import { Gatekeeper } from "../../../../app-src/url2png/network/gatekeeper";
import { startHttpServer } from "./support/servers";
import { requestThrough, tunnelThrough } from "./support/through";

let gatekeeper: Gatekeeper;
let addresses: readonly string[];

beforeAll(() => {
  gatekeeper = new Gatekeeper({
    allowedNetworks: ["127.0.0.0/8", "::1/128"],
    logger: pino({ level: "silent" }),
    resolve: async () => await Promise.resolve(addresses),
  });
});
afterAll(async () => {
  await gatekeeper.close();
});

describe("of a name with several addresses", () => {
  it.each([
    [["127.0.0.3", "127.0.0.1"], 200],
    [["127.0.0.3", "127.0.0.4", "127.0.0.1"], 200],
    [["127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.1"], 502],
  ])("%j are tried in turn, three of them at most: %d", async (given, status) => {
    addresses = given;
    const server = await startHttpServer((_, response) => response.end("hello"));
    // Where 127.0.0.3 is no address of this machine, nothing may answer at all.
    const passage = await gatekeeper.open({ connectMs: 1000 });
    expect((await requestThrough(passage, `http://page.example:${server.port}/`)).status).toBe(status);
    expect((await tunnelThrough(passage, `page.example:${server.port}`)).status).toBe(status);
    await passage.close();
    await server.close();
  });
});

describe("an address of IPv6", () => {
  it("stands in brackets in the Host header", async () => {
    const internals = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
    if (!internals.some(({ address }) => address === "::1")) {
      console.warn("SKIPPED, no IPv6: give the loopback interface the address ::1 to run this test.");
      return;
    }
    const server = await startHttpServer((request, response) => response.end(request.headers.host), { host: "::1" });
    const passage = await gatekeeper.open();
    expect(await requestThrough(passage, `http://[::1]:${server.port}/`)).toMatchObject({
      status: 200,
      body: `[::1]:${server.port}`,
    });
    await passage.close();
    await server.close();
  });
});
