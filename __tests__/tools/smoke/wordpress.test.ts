import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { smokeTestOf } from "../../../tools/smoke/smoke-tests";
import { smokeWordpress } from "../../../tools/smoke/wordpress";

const PASSWORD = "aPassword123";

interface Answer {
  readonly status: number;
  readonly body?: string;
}

let url = "";
/** What the site answers, by path and query; several are given one after the other, the last one for good. */
let answers: Record<string, Answer | [Answer, ...Answer[]]>;
const server = createServer((request, response) => {
  void answer(request, response);
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { url: path = "", method } = request;
  if (method === "POST" && path === "/wp-login.php") {
    const form = new URLSearchParams(await text(request));
    const right = form.get("log") === "admin" && form.get("pwd") === PASSWORD;
    // Without its cookie, WordPress lets nobody in.
    const cookies = request.headers.cookie?.includes("wordpress_test_cookie=") === true;
    if (right && cookies) response.setHeader("set-cookie", ["wordpress_logged_in_0123=admin%7C1; path=/; HttpOnly"]);
    response.writeHead(right && cookies ? 302 : 200).end();
    return;
  }
  const { status, body = "" } = answerTo(path);
  response.writeHead(status).end(body);
}

function answerTo(path: string): Answer {
  const given = answers[path] ?? { status: 404 };
  if (!Array.isArray(given)) return given;
  const [first, second, ...others] = given;
  if (second) answers[path] = [second, ...others];
  return first;
}

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  answers = {
    "/health": { status: 200, body: '{"status":"healthy"}' },
    "/": { status: 200, body: "<!doctype html><html><body>Hello</body></html>" },
    "/?rest_route=/": { status: 200, body: JSON.stringify({ name: "WordPress", url }) },
    "/wp-config.php": { status: 403 },
    "/xmlrpc.php": { status: 403 },
    "/wp-content/uploads/": { status: 403 },
  };
});

afterEach(() => {
  delete process.env.ADMIN_PASSWORD;
});

/** Tries WordPress. @returns what worked */
async function smoke(seconds = 60): Promise<string[]> {
  const steps: string[] = [];
  await smokeWordpress(url, { deadline: Date.now() + seconds * 1000, say: (step) => steps.push(step) });
  return steps;
}

describe("the smoke test of WordPress, which works", () => {
  it("is that of all of its stacks", () => {
    const stacks = ["wordpress", "wordpress-schedule", "wordpress-loadtest"];
    expect(stacks.map(smokeTestOf)).toEqual(Array(3).fill(smokeWordpress));
  });

  it("passes: healthy, a whole page, closed doors", async () => {
    expect(await smoke()).toEqual([
      "PHP, database and files work",
      '"WordPress" shows its front page',
      "what has to be closed is closed",
    ]);
  });

  it("waits while the machines boot", async () => {
    answers["/health"] = [{ status: 503 }, { status: 200 }];
    expect(await smoke()).toHaveLength(3);
  });

  it("logs in with the password that the environment has", async () => {
    process.env.ADMIN_PASSWORD = PASSWORD;
    expect((await smoke()).at(-1)).toBe("admin gets in");
  });
});

describe("the smoke test of a WordPress that does not work", () => {
  it("fails with what the health page says when time is up", async () => {
    answers["/health"] = { status: 503, body: '{"database":"refused"}' };
    await expect(smoke(0)).rejects.toThrow(
      'time is up, and WordPress is not: /health: status 503, {"database":"refused"}',
    );
  });

  it("fails for half a page, and for a page that is none of WordPress'", async () => {
    answers["/"] = { status: 200, body: "<!doctype html><html><body>Hel" };
    await expect(smoke()).rejects.toThrow("/: status 200, 30 characters: not a whole page");
    answers["/"] = { status: 200, body: "</html>" };
    answers["/?rest_route=/"] = { status: 200, body: "It works!" };
    await expect(smoke()).rejects.toThrow("the API: status 200, and not what WordPress answers");
  });

  it.each(["/wp-config.php", "/xmlrpc.php", "/wp-content/uploads/"])("fails when anybody gets %s", async (path) => {
    answers[path] = { status: 200 };
    await expect(smoke()).rejects.toThrow(`${path}: status 200, not 403: who may read it?`);
  });

  it("fails when the admin does not get in", async () => {
    process.env.ADMIN_PASSWORD = "another1";
    await expect(smoke()).rejects.toThrow("admin does not get in with ADMIN_PASSWORD: status 200");
  });

  it("is not tried without its address", async () => {
    await expect(smokeWordpress(undefined, { deadline: 0, say: () => undefined })).rejects.toThrow("where is it?");
  });

  it("fails when nothing answers there", async () => {
    const nobody = "http://127.0.0.1:1";
    await expect(smokeWordpress(nobody, { deadline: 0, say: () => undefined })).rejects.toThrow("/health: no answer");
  });
});
