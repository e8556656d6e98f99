import { setTimeout as sleep } from "node:timers/promises";
import { FailedError, RefusedError, messageOf } from "../release/errors";
import { request } from "./requests";
import type { SmokeTest } from "./smoke-test";

/** Milliseconds between two requests while Jenkins is not up. */
const PAUSE = 1000;

/**
 * Waits until Jenkins is up, and finds that nobody gets in without a password. With ADMIN_PASSWORD in the environment, the admin
 * does with that. Changes nothing. It is Jenkins' own port that answers, without TLS: from where the password may be read on its
 * way, leave it out.
 */
export const smokeJenkins: SmokeTest = async (url, { deadline, say }) => {
  if (url === undefined) throw new RefusedError("where is it? --url or --deployment says it");
  say(`Jenkins ${await untilUp(url, deadline)} is up`);
  for (const path of ["/", "/api/json"]) {
    const { status } = await request(new URL(path, url));
    if (status !== 403)
      throw new FailedError(`${path} without a password: status ${status}, not 403: who may read it?`);
  }
  say("nobody gets in without a password");
  const password = process.env.ADMIN_PASSWORD;
  if (password === undefined) return;
  await logIn(url, password);
  say("admin gets in");
};

/** @returns the version that Jenkins says it has */
async function untilUp(url: string, deadline: number): Promise<string> {
  for (;;) {
    const { version, problem } = await versionOf(url);
    if (version !== undefined) return version;
    if (Date.now() > deadline) throw new FailedError(`time is up, and Jenkins is not: ${problem}`);
    await sleep(PAUSE);
  }
}

/** Every answer of Jenkins' has its version in a header; while it starts, the status is 503. */
async function versionOf(url: string): Promise<{ version?: string; problem: string }> {
  try {
    const { status, headers } = await request(new URL("/login", url));
    const version = headers.get("x-jenkins");
    if (status !== 200) return { problem: `/login: status ${status}` };
    return version === null
      ? { problem: "/login: the answer is not Jenkins', it has no X-Jenkins" }
      : { version, problem: "" };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

async function logIn(url: string, password: string): Promise<void> {
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString("base64")}`;
  const response = await request(new URL("/whoAmI/api/json", url), { headers: { authorization } });
  const answer: unknown = response.ok ? await response.json().catch(() => undefined) : undefined;
  const name = typeof answer === "object" && answer !== null && "name" in answer ? answer.name : undefined;
  if (name !== "admin") throw new FailedError(`admin does not get in with ADMIN_PASSWORD: status ${response.status}`);
}
