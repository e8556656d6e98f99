import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { smokeTestOf } from "../../../tools/smoke/smoke-tests";
import { smokeWordpress } from "../../../tools/smoke/wordpress";
import { serve, takeAnswer, type Answers } from "./support/site";

const PASSWORD = "aPassword123";

let answers: Answers;
const url = serve((request, response) => {
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
  const { status, body = "" } = takeAnswer(answers, path);
  response.writeHead(status).end(body);
}

beforeEach(() => {
  answers = {
    "/health": { status: 200, body: '{"status":"healthy"}' },
    "/": { status: 200, body: "<!doctype html><html><body>Hello</body></html>" },
    "/?rest_route=/": { status: 200, body: JSON.stringify({ name: "WordPress", url: url() }) },
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
  await smokeWordpress(url(), { deadline: Date.now() + seconds * 1000, say: (step) => steps.push(step) });
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
