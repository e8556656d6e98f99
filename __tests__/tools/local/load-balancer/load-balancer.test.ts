import { once } from "node:events";
import { Agent, type IncomingMessage, type Server, type ServerResponse, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { LoadBalancer } from "../../../../tools/local/load-balancer/load-balancer";
import { TargetGroup, type TargetState, matchesCode } from "../../../../tools/local/load-balancer/target-group";
import type { TrafficCounter } from "../../../../tools/local/load-balancer/traffic";

// Real processes and connections: on a busy machine they may take their time.
jest.setTimeout(60_000);

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const servers: Server[] = [];
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** A service that is healthy while `healthy` is true. */
async function service(handler: Handler): Promise<{ port: number; healthy: boolean; checks: number }> {
  const state = { port: 0, healthy: true, checks: 0 };
  const server = createServer((incoming, response) => {
    if (incoming.url !== "/health") {
      handler(incoming, response);
      return;
    }
    state.checks += 1;
    response.writeHead(state.healthy ? 200 : 500).end();
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  state.port = (server.address() as AddressInfo).port;
  return state;
}

const named =
  (name: string): Handler =>
  (_request, response) => {
    response.end(name);
  };

interface Fixture {
  readonly url: string;
  readonly group: TargetGroup;
  readonly traffic: TrafficCounter;
  /** Resolves when a target gets a state */
  readonly reaches: (id: string, state: TargetState) => Promise<void>;
}

async function balancer(): Promise<Fixture> {
  const history: string[] = [];
  const waiting: (() => void)[] = [];
  const healthCheck = {
    path: "/health",
    intervalMs: 20,
    timeoutMs: 500,
    healthyThreshold: 2,
    unhealthyThreshold: 2,
    matcher: "200",
  };
  const group = new TargetGroup(healthCheck, 60_000, (id, state) => {
    history.push(`${id} ${state}`);
    for (const wake of waiting.splice(0)) wake();
  });
  const loadBalancer = new LoadBalancer(group);
  await loadBalancer.listen(0);
  closers.push(
    () => {
      group.close();
    },
    () => loadBalancer.close(),
  );
  return {
    url: `http://127.0.0.1:${loadBalancer.port}`,
    group,
    traffic: loadBalancer.traffic,
    async reaches(id, state) {
      while (!history.includes(`${id} ${state}`)) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}

const ask = async (url: string): Promise<string> => (await fetch(url)).text();

describe("a load balancer", () => {
  it("counts requests and answers, its targets' and its own, since the last time", async () => {
    const { url, group, reaches, traffic } = await balancer();
    await ask(url);
    const target = await service((incoming, response) => {
      if (incoming.url === "/breaks-off") incoming.socket.destroy();
      else response.writeHead(Number(incoming.url?.slice(1))).end();
    });
    group.register("a", target.port);
    await reaches("a", "healthy");
    for (const path of ["200", "204", "404", "500", "breaks-off"]) await ask(`${url}/${path}`);
    const { responseTimes, ...counted } = traffic.take();
    // One found no target, and one target broke off.
    expect(counted).toEqual({ requests: 5, answers: { "2": 2, "4": 1, "5": 1 }, ownErrors: 2 });
    expect(responseTimes).toHaveLength(4);
    expect(traffic.take()).toEqual({ requests: 0, answers: {}, ownErrors: 0, responseTimes: [] });
  });

  describe("with healthy targets", () => {
    it("takes them in turn", async () => {
      const { url, group, reaches } = await balancer();
      group.register("a", (await service(named("a"))).port);
      group.register("b", (await service(named("b"))).port);
      await Promise.all([reaches("a", "healthy"), reaches("b", "healthy")]);
      const answers = [await ask(url), await ask(url), await ask(url), await ask(url)];
      expect(answers.sort()).toEqual(["a", "a", "b", "b"]);
    });

    it("passes on method, path, headers and body, and says for whom", async () => {
      const { url, group, reaches } = await balancer();
      const target = await service((incoming, response) => {
        void text(incoming).then((body) => {
          response.writeHead(201, { "x-answer": "yes", "set-cookie": ["a=1", "b=2"] });
          response.end(
            JSON.stringify({ method: incoming.method, path: incoming.url, headers: incoming.headers, body }),
          );
        });
      });
      group.register("a", target.port);
      await reaches("a", "healthy");
      const headers = { "x-forwarded-for": "10.0.0.1", "x-question": "why" };
      const response = await fetch(`${url}/path?query=1`, { method: "POST", headers, body: "body" });
      expect(response.status).toBe(201);
      expect(response.headers.get("x-answer")).toBe("yes");
      expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
      expect(await response.json()).toMatchObject({
        method: "POST",
        path: "/path?query=1",
        body: "body",
        headers: {
          host: new URL(url).host,
          "x-question": "why",
          "x-forwarded-for": "10.0.0.1, 127.0.0.1",
          "x-forwarded-proto": "http",
          "x-forwarded-port": new URL(url).port,
          "x-amzn-trace-id": expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
        },
      });
    });

    it("streams in both directions without waiting for the end", async () => {
      const { url, group, reaches } = await balancer();
      const target = await service((incoming, response) => incoming.pipe(response));
      group.register("a", target.port);
      await reaches("a", "healthy");
      const sent = request(url, { method: "POST" });
      sent.write("first");
      const [response] = (await once(sent, "response")) as [IncomingMessage];
      const [chunk] = (await once(response, "data")) as [Buffer];
      expect(chunk.toString()).toBe("first");
      sent.end("second");
      expect(await text(response)).toBe("second");
    });
  });

  describe("whose target does not answer", () => {
    it("says 502 when the target breaks off before its answer", async () => {
      const { url, group, reaches } = await balancer();
      group.register("a", (await service((incoming) => incoming.socket.destroy())).port);
      await reaches("a", "healthy");
      expect((await fetch(url)).status).toBe(502);
    });

    it("lets a client go on that was answered before it had sent everything", async () => {
      const { url, group, reaches } = await balancer();
      const target = await service((incoming, response) => {
        response.writeHead(413).end("too large");
        incoming.resume();
      });
      group.register("a", target.port);
      await reaches("a", "healthy");
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      closers.push(() => {
        agent.destroy();
      });
      for (let round = 0; round < 2; round += 1) {
        const sent = request(url, { method: "POST", agent });
        sent.write(Buffer.alloc(3 * 1024 ** 2));
        const [response] = (await once(sent, "response")) as [IncomingMessage];
        expect([response.statusCode, await text(response)]).toEqual([413, "too large"]);
        sent.end(Buffer.alloc(3 * 1024 ** 2));
      }
    });

    it("breaks off, too, when the target does in mid-answer", async () => {
      const { url, group, reaches } = await balancer();
      const target = await service((_incoming, response) => {
        response.writeHead(200, { "content-length": 100 });
        response.write("half", () => response.destroy());
      });
      group.register("a", target.port);
      await reaches("a", "healthy");
      await expect(ask(url)).rejects.toThrow();
    });
  });

  describe("without a target that can answer", () => {
    it("says 503", async () => {
      const { url } = await balancer();
      const response = await fetch(url, { method: "POST", body: "x" });
      expect([response.status, await response.text()]).toEqual([
        503,
        expect.stringContaining("Service Temporarily Unavailable"),
      ]);
    });
  });

  describe("with an unhealthy target", () => {
    it("leaves it out until it is healthy again", async () => {
      const { url, group, reaches } = await balancer();
      const a = await service(named("a"));
      group.register("a", a.port);
      group.register("b", (await service(named("b"))).port);
      await Promise.all([reaches("a", "healthy"), reaches("b", "healthy")]);
      a.healthy = false;
      await reaches("a", "unhealthy");
      expect([await ask(url), await ask(url)]).toEqual(["b", "b"]);
      expect(group.healthyCount).toBe(1);
    });

    it("uses it when all others are unhealthy as well", async () => {
      const { url, group, reaches } = await balancer();
      const a = await service(named("a"));
      a.healthy = false;
      group.register("a", a.port);
      await reaches("a", "unhealthy");
      expect(await ask(url)).toBe("a");
    });
  });

  describe("whose target is deregistered", () => {
    it("lets its requests finish and sends it no new ones", async () => {
      const { url, group, reaches } = await balancer();
      let finish: () => void = () => undefined;
      const begun = new Promise<void>((resolve) => {
        void service((_incoming, response) => {
          finish = () => response.end("finished");
          resolve();
        }).then(({ port }) => {
          group.register("a", port);
        });
      });
      await reaches("a", "healthy");
      const slow = ask(url);
      await begun;
      const gone = group.deregister("a");
      expect((await fetch(url)).status).toBe(503);
      finish();
      expect(await slow).toBe("finished");
      await gone;
      expect(group.stateOf("a")).toBeUndefined();
    });
  });
});

describe("a health check's matcher", () => {
  it.each([
    [200, "200", true],
    [204, "200", false],
    [204, "200-299", true],
    [302, "200,301-303", true],
    [404, "200,301-303", false],
  ])("%d and %s: %j", (status, matcher, expected) => {
    expect(matchesCode(status, matcher)).toBe(expected);
  });
});
