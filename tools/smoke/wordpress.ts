import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { FailedError, RefusedError, messageOf } from "../release/errors";
import { request } from "./requests";
import type { SmokeTest } from "./smoke-test";

/** Milliseconds between two looks at a site that is not up. */
const PAUSE = 1000;

/** What anybody gets of the API: the site's name and address. */
const index = z.object({ name: z.string(), url: z.string() });

/** What nobody may get: settings, an old way in, the shared folder's list. */
const CLOSED = ["/wp-config.php", "/xmlrpc.php", "/wp-content/uploads/"];

/**
 * Waits until a machine says that PHP, database and files work, reads the front page and the API, and finds closed what has to be.
 * With ADMIN_PASSWORD in the environment, the admin logs in. Changes nothing. Without a certificate the password travels in clear.
 */
export const smokeWordpress: SmokeTest = async (url, { deadline, say }) => {
  if (url === undefined) throw new RefusedError("where is it? --url or --deployment says it");
  await untilHealthy(new URL("/health", url), deadline);
  say("PHP, database and files work");
  const page = await request(new URL("/", url));
  const html = await page.text();
  if (page.status !== 200 || !html.includes("</html>")) {
    throw new FailedError(`/: status ${page.status}, ${html.length} characters: not a whole page`);
  }
  const name = await nameOf(new URL("/?rest_route=/", url));
  say(`"${name}" shows its front page`);
  for (const path of CLOSED) {
    const { status } = await request(new URL(path, url));
    if (status !== 403 && status !== 404) throw new FailedError(`${path}: status ${status}, not 403: who may read it?`);
  }
  say("what has to be closed is closed");
  const password = process.env.ADMIN_PASSWORD;
  if (password === undefined) return;
  await logIn(new URL("/wp-login.php", url), password);
  say("admin gets in");
};

async function untilHealthy(url: URL, deadline: number): Promise<void> {
  for (;;) {
    const problem = await problemOf(url);
    if (problem === undefined) return;
    if (Date.now() > deadline) throw new FailedError(`time is up, and WordPress is not: ${problem}`);
    await sleep(PAUSE);
  }
}

async function problemOf(url: URL): Promise<string | undefined> {
  try {
    const response = await request(url);
    return response.ok ? undefined : `/health: status ${response.status}, ${(await response.text()).slice(0, 200)}`;
  } catch (error) {
    return messageOf(error);
  }
}

async function nameOf(url: URL): Promise<string> {
  const response = await request(url);
  const answer = index.safeParse(await response.json().catch(() => undefined));
  if (!answer.success) throw new FailedError(`the API: status ${response.status}, and not what WordPress answers`);
  return answer.data.name;
}

/** WordPress wants to see that its cookies come back, as a browser's do. */
async function logIn(url: URL, password: string): Promise<void> {
  const response = await request(url, {
    method: "POST",
    headers: { cookie: "wordpress_test_cookie=WP%20Cookie%20check" },
    body: new URLSearchParams({ log: "admin", pwd: password, testcookie: "1" }),
  });
  const loggedIn = response.headers.getSetCookie().some((cookie) => cookie.startsWith("wordpress_logged_in_"));
  if (!loggedIn) throw new FailedError(`admin does not get in with ADMIN_PASSWORD: status ${response.status}`);
}
