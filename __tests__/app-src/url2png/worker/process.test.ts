import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import sharp from "sharp";
import { freePort } from "../../../../tools/local/fleet/free-port";
import { startAwsEmulators, type AwsEmulators } from "../../../support/aws";
import { eventually } from "../../../support/eventually";
import { chromiumHere } from "../browser/support/chromium-here";
import { Pictures } from "./support/pictures";

jest.setTimeout(120_000);

/** The shortest visibility timeout that a worker takes. */
const VISIBILITY_SECONDS = 10;
/** The built worker, which `npm test` makes first. */
const BUILT = fileURLToPath(new URL("../../../../dist/url2png/worker.js", import.meta.url));

const chromium = await chromiumHere();
const itWithChromium = chromium === undefined ? it.skip : it;

let aws: AwsEmulators;
let pictures: Pictures;
let processes: ChildProcess[] = [];

/** Serves a coloured page; what is asked for below `/held` waits until it is let go. */
const held: ServerResponse[] = [];
const site = createServer((request, response) => {
  response.setHeader("content-type", "text/html");
  if (request.url?.startsWith("/held") === true) held.push(response);
  else answer(response);
});
let siteUrl = "";

function answer(response: ServerResponse): void {
  response.end("<body style='background: rgb(40, 90, 160)'>");
}

function releaseHeld(): void {
  for (const response of held.splice(0)) answer(response);
}

beforeAll(async () => {
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
});

afterAll(() => {
  site.closeAllConnections();
  site.close();
});

beforeEach(async () => {
  aws = await startAwsEmulators({ visibilityTimeout: VISIBILITY_SECONDS });
  pictures = new Pictures(aws);
});

afterEach(async () => {
  releaseHeld();
  for (const child of processes.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  processes = [];
  await aws.stop();
});

interface WorkerProcess {
  readonly child: ChildProcess;
  readonly health: string;
}

/** Starts a worker that opens one page at a time, and those of this machine, too. */
async function startProcess(settings: Record<string, string> = {}): Promise<WorkerProcess> {
  const port = await freePort();
  const child = spawn(process.execPath, [BUILT], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ...(chromium !== undefined && { CHROMIUM_PATH: chromium }),
      ...aws.environment,
      PORT: String(port),
      CONCURRENCY: "1",
      VISIBILITY_TIMEOUT_SECONDS: String(VISIBILITY_SECONDS),
      ALLOWED_NETWORKS: "127.0.0.1/32",
      LOG_LEVEL: "fatal",
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
      ...settings,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  processes.push(child);
  return { child, health: `http://127.0.0.1:${port}/health` };
}

describe("the worker's process", () => {
  itWithChromium("photographs a page of 1024 × 768 pixels, and says why there is no picture of another", async () => {
    const { health } = await startProcess();
    const good = await pictures.request(`${siteUrl}/`);
    const bad = await pictures.request("http://169.254.169.254/latest/meta-data/");
    const { body, type } = await pictures.untilPicture(good);
    const { format, width, height } = await sharp(body).metadata();
    expect([type, format, width, height]).toEqual(["image/png", "png", 1024, 768]);
    const [red, green, blue] = (await sharp(body).stats()).channels;
    expect([red?.mean, green?.mean, blue?.mean]).toEqual([40, 90, 160]);
    expect(await pictures.untilFailure(bad)).toMatchObject({ id: bad, reason: "address-not-allowed" });
    expect((await fetch(health)).status).toBe(200);
    await pictures.untilQueueEmpty();
  });

  itWithChromium("told to stop ends the page it works on, gives back the rest at once, and exits with 0", async () => {
    const first = await pictures.request(`${siteUrl}/held/1`);
    const second = await pictures.request(`${siteUrl}/held/2`);
    const { child } = await startProcess();
    await eventually("a page in work", () => held.length > 0, 30);
    await eventually("the other in hand", async () => (await pictures.queued()).inHand === 2);
    child.kill("SIGTERM");
    await eventually("the other given back", async () => (await pictures.queued()).visible === 1);
    releaseHeld();
    const [code] = (await once(child, "exit")) as [number | null];
    expect(code).toBe(0);
    const done = await Promise.all([first, second].map((id) => pictures.picture(id)));
    expect(done.filter((picture) => picture !== undefined)).toHaveLength(1);
    expect(await pictures.queued()).toEqual({ visible: 1, inHand: 0 });
  });

  itWithChromium(
    "killed in the middle of a page loses nothing: the message comes back and the page is photographed",
    async () => {
      const id = await pictures.request(`${siteUrl}/held/1`);
      const { child } = await startProcess();
      await eventually("a page in work", () => held.length > 0, 30);
      child.kill("SIGKILL");
      await once(child, "exit");
      expect(await pictures.queued()).toEqual({ visible: 0, inHand: 1 });
      held.splice(0);
      await startProcess();
      await eventually("the page in work again", () => held.length > 0, 60);
      releaseHeld();
      await pictures.untilPicture(id);
      await pictures.untilQueueEmpty();
    },
  );

  it("ends at once, with what is wrong, when its settings are", async () => {
    const { child } = await startProcess({ ALLOWED_NETWORKS: "intranet" });
    const said = child.stderr && text(child.stderr);
    const [code] = (await once(child, "exit")) as [number | null];
    expect(code).toBe(1);
    expect(await said).toMatch(/ALLOWED_NETWORKS="intranet": .*"intranet" is no network/);
  });
});
