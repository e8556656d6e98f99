import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { type RunningConsole, startConsole } from "../../../../tools/local/console/console";
import type { ConsoleView } from "../../../../tools/local/console/view";
import { UsageError } from "../../../../tools/local/options";
import { eventually } from "../../../support/eventually";
import { FakeStack } from "./support/fake-stack";
import { watch } from "./support/watch";

let stack: FakeStack;
let running: RunningConsole;
let logged: string[];

beforeEach(async () => {
  stack = new FakeStack();
  logged = [];
  const log = (line: string): number => logged.push(line);
  running = await startConsole({ port: 0, host: "127.0.0.1", stack, log, intervalMs: 20 });
});
afterEach(() => running.close());

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A request with any headers, also those that fetch would set itself. */
async function send(method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const sent = request(`${running.url}${path}`, { method, headers, agent: false });
  sent.end();
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
}

describe("the console's stream", () => {
  it("shows the stack as it is, again and again", async () => {
    const viewer = await watch(running.url);
    const first = (await viewer.next("view")).data as ConsoleView;
    expect(first.snapshot).toMatchObject({ stack: "url2png", timeFactor: 30, queues: [{}, { visible: 12 }] });
    stack.queues = [{ name: "work", visible: 3, inFlight: 0, deadLetter: false }];
    await eventually("the new depth", () => JSON.stringify(viewer.events.at(-1)).includes('"visible":3'));
    viewer.leave();
  });

  it("looks at the stack once for all who watch", async () => {
    const viewers = await Promise.all([1, 2, 3].map(() => watch(running.url)));
    await eventually("20 looks", () => stack.looks >= 20);
    const views = viewers.reduce((sum, { events }) => sum + events.length, 0);
    // Each of three got nearly each look; had each made looks of its own, there were as many looks as views.
    expect(views).toBeGreaterThan(2 * stack.looks);
    for (const viewer of viewers) viewer.leave();
  });

  it("while nobody watches, looks at nothing", async () => {
    expect(stack.looks).toBe(0);
    const viewer = await watch(running.url);
    await viewer.next("view");
    viewer.leave();
    await eventually("nobody to watch", () => running.viewers === 0);
    const before = stack.looks;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(stack.looks).toBe(before);
  });

  it("when the stack cannot be looked at, says why, logs it once, and goes on when it can", async () => {
    stack.failure = new Error("the gateway is gone");
    const viewer = await watch(running.url);
    expect((await viewer.next("trouble")).data).toEqual({ message: "the gateway is gone" });
    await viewer.next("trouble");
    stack.failure = undefined;
    await viewer.next("view");
    expect(logged).toEqual(["console: the gateway is gone"]);
    viewer.leave();
  });

  it("when the stack does not answer, says so, and asks no second time meanwhile", async () => {
    let answer: () => void = () => undefined;
    stack.hold = new Promise((resolve) => (answer = resolve));
    const viewer = await watch(running.url);
    expect((await viewer.next("trouble")).data).toEqual({ message: "the stack does not answer" });
    expect(stack.looks).toBe(1);
    answer();
    await viewer.next("view");
    viewer.leave();
  });

  it("when the buckets cannot be listed, shows everything else and says so", async () => {
    stack.listingFailure = new Error("SlowDown");
    const viewer = await watch(running.url);
    expect((await viewer.next("view")).data).toMatchObject({
      snapshot: { stack: "url2png" },
      trouble: "the pictures cannot be listed: SlowDown",
    });
    viewer.leave();
  });

  it("when the console is closed, ends with a word about it", async () => {
    const viewer = await watch(running.url);
    await viewer.next("view");
    await running.close();
    await viewer.next("end");
    running = await startConsole({ port: 0, host: "127.0.0.1", stack, log: () => undefined });
  });
});

describe("what the console is asked to do", () => {
  it.each([
    ["/instances/worker/i-1/kill", "kill worker i-1"],
    ["/zones/zone%20a/down", "down zone a"],
    ["/zones/zone%20a/up", "up zone a"],
  ])("POST %s does: %s", async (path, asked) => {
    expect(await send("POST", path)).toMatchObject({ status: 204 });
    expect(stack.asked).toEqual([asked]);
  });

  it.each([
    ["/instances/worker/i-9/kill", 'the fleet "worker" has no instance "i-9" (any more)'],
    ["/instances/server/i-1/kill", 'there is no fleet "server" (there are: worker)'],
    ["/zones/mars-1a/down", 'there is no zone "mars-1a" (there are: zone a, zone b)'],
    ["/zones/mars-1a/up", 'there is no zone "mars-1a" (there are: zone a, zone b)'],
    ["/queues/work/purge", "there is nothing to POST at /queues/work/purge"],
  ])("POST %s is a problem: %s", async (path, detail) => {
    const { status, headers, body } = await send("POST", path);
    expect(status).toBe(404);
    expect(headers["content-type"]).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(body)).toEqual({ type: "about:blank", title: "Not Found", status: 404, detail, instance: path });
    expect(stack.asked).toEqual([]);
  });

  it("when it fails, is told the reason, which is logged too", async () => {
    stack.killInstance = () => Promise.reject(new Error("no such process"));
    const { status, body } = await send("POST", "/instances/worker/i-1/kill");
    expect(status).toBe(500);
    expect(JSON.parse(body)).toMatchObject({ detail: "no such process" });
    expect(logged).toEqual(["console: POST /instances/worker/i-1/kill failed: no such process"]);
  });
});

describe("other sites' pages", () => {
  it.each(["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "0.0.0.0", "192.168.1.7", "[::1]"])(
    "that reach the console under the name %j are refused",
    async (host) => {
      for (const [method, path] of [
        ["GET", "/"],
        ["GET", "/events"],
        ["POST", "/zones/zone%20a/down"],
      ] as const) {
        expect(await send(method, path, { Host: host })).toMatchObject({ status: 403 });
      }
      expect(stack).toMatchObject({ looks: 0, asked: [] });
    },
  );

  it.each(["localhost", "LOCALHOST:8081", "127.0.0.1:9000"])("do not keep the name %j from working", async (host) => {
    expect(await send("GET", "/", { Host: host })).toMatchObject({ status: 200 });
  });

  it.each<Record<string, string>>([
    { Origin: "http://evil.example" },
    { Origin: "null" },
    { Origin: "http://localhost:8080" },
    { "Sec-Fetch-Site": "cross-site" },
    { "Sec-Fetch-Site": "same-site" },
    { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate" },
  ])("that send %j may not act", async (headers) => {
    expect(await send("POST", "/zones/zone%20a/down", headers)).toMatchObject({ status: 403 });
    expect(stack.asked).toEqual([]);
  });

  it("may not embed its pictures or read its stream", async () => {
    stack.put("a.png", "image/png", new Uint8Array(8));
    for (const path of ["/pictures/pictures/a.png", "/events"]) {
      expect(await send("GET", path, { "Sec-Fetch-Site": "cross-site" })).toMatchObject({ status: 403 });
    }
  });

  it("may link to it", async () => {
    const headers = { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate" };
    expect(await send("GET", "/", headers)).toMatchObject({ status: 200 });
  });

  it("differ from its own page, and from curl", async () => {
    const own = { Origin: running.url, "Sec-Fetch-Site": "same-origin" };
    expect(await send("POST", "/zones/zone%20a/down", own)).toMatchObject({ status: 204 });
    expect(await send("POST", "/zones/zone%20a/up")).toMatchObject({ status: 204 });
  });
});

describe("pictures", () => {
  it("are named newest first, whatever else is in the bucket", async () => {
    stack.put("old.png", "image/png", new Uint8Array(8));
    stack.put("failed.json", "application/json", new Uint8Array(8));
    stack.put("upload/without-extension", "image/jpeg", new Uint8Array(8));
    const viewer = await watch(running.url);
    const { pictures } = (await viewer.next("view")).data as ConsoleView;
    expect(pictures.map(({ key }) => key)).toEqual(["upload/without-extension", "old.png"]);
    viewer.leave();
  });

  it.each([
    ["a.png", "image/png"],
    ["processed/ä b/1.jpeg", "image/jpeg"],
  ])("%s is served as the %s that it is, and as nothing else", async (key, type) => {
    stack.put(key, type, new TextEncoder().encode("the picture"));
    const { status, headers, body } = await send("GET", `/pictures/pictures/${encodeURIComponent(key)}`);
    expect({ status, body }).toEqual({ status: 200, body: "the picture" });
    expect(headers).toMatchObject({
      "content-type": type,
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox",
    });
  });

  it.each(["text/html", "image/svg+xml", "image/png; charset=x", "application/json"])(
    "that are %s in truth stay in the bucket",
    async (type) => {
      stack.put("a.png", type, new TextEncoder().encode("<script>"));
      const answer = await send("GET", "/pictures/pictures/a.png");
      expect(answer.status).toBe(415);
      expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
    },
  );

  it("that do not exist are a problem", async () => {
    expect(await send("GET", "/pictures/pictures/b.png")).toMatchObject({ status: 404 });
  });
});

describe("starting the console", () => {
  it("serves a page that may load nothing from elsewhere and run nothing inline", async () => {
    const { headers } = await send("GET", "/");
    const policy = String(headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
  });

  it("when the port is taken, names the option that chooses another one", async () => {
    const port = Number(new URL(running.url).port);
    const second = startConsole({ port, host: "127.0.0.1", stack, log: () => undefined });
    await expect(second).rejects.toThrow(UsageError);
    await expect(second).rejects.toThrow(
      `port ${port} is taken by another program: choose another one with --console-port`,
    );
  });
});
