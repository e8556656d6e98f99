import { Resolver } from "node:dns/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { dnsResolver, type Resolve } from "../../../../app-src/url2png/network/resolver";
import { startNameServer, type Answer, type NameServer } from "./support/name-server";

const ANSWERS: Readonly<Record<string, Answer>> = {
  "A page.example": ["93.184.216.34", "93.184.216.35"],
  "A v6.example": [],
  "A broken.example": 2,
  "A silent.example": undefined,
};

let server: NameServer;
let resolve: Resolve;
/** Gives up soon. */
let impatient: Resolve;

beforeAll(async () => {
  server = await startNameServer((name, type) => {
    const question = `${type} ${name}`;
    return question in ANSWERS ? ANSWERS[question] : 3;
  });
  [resolve, impatient] = [5000, 50].map((timeout) => {
    const resolver = new Resolver({ timeout, tries: 1 });
    resolver.setServers([server.address]);
    return dnsResolver(resolver);
  }) as [Resolve, Resolve];
});
afterAll(() => {
  server.close();
});
beforeEach(() => {
  server.questions.length = 0;
});

describe("the resolver", () => {
  it("answers with every address that DNS has", async () => {
    expect(await resolve("page.example")).toEqual(["93.184.216.34", "93.184.216.35"]);
    expect(server.questions).toEqual(["A page.example"]);
  });

  it("asks for IPv6 where there is no IPv4", async () => {
    expect(await resolve("v6.example")).toEqual([]);
    expect(server.questions).toEqual(["A v6.example", "AAAA v6.example"]);
  });

  it.each(["missing.example", "localhost", "metadata", "exa mple", ".."])(
    "knows no address of %j: no hosts file, no search domain",
    async (name) => {
      expect(await resolve(name)).toEqual([]);
      expect(server.questions.filter((question) => !question.endsWith(` ${name}`))).toEqual([]);
    },
  );

  it("tells what could not be resolved from what has no address", async () => {
    await expect(resolve("broken.example")).rejects.toMatchObject({ code: "ESERVFAIL" });
    await expect(impatient("silent.example")).rejects.toMatchObject({ code: "ETIMEOUT" });
  });
});
