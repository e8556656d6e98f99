import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import sharp from "sharp";
import { smokeImagery } from "../../../tools/smoke/imagery";
import { Imagery } from "../../e2e/support/imagery";
import { serve } from "./support/site";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Tries a stack at a URL. @returns what worked */
async function smoke(url: string, seconds = 60): Promise<string[]> {
  const steps: string[] = [];
  await smokeImagery(url, { deadline: Date.now() + seconds * 1000, say: (text) => steps.push(text) });
  return steps;
}

describe("the smoke test of imagery, of a stack that works", () => {
  let imagery: Imagery;

  beforeAll(async () => {
    imagery = await Imagery.start();
  });

  afterAll(() => imagery.stop());

  it("passes, and has seen the page, an upload and the result", async () => {
    expect(await smoke(imagery.url)).toEqual([
      "the page answers",
      expect.stringMatching(/^image [\w-]{36} is uploaded$/),
      expect.stringMatching(/^image [\w-]{36} came back in sepia$/),
    ]);
  });

  it("passes as a command that reads the URL from a deployment", async () => {
    const folder = mkdtempSync(join(tmpdir(), "steadfast-smoke-"));
    try {
      const deployment = join(folder, "deployment.json");
      writeFileSync(deployment, JSON.stringify({ outcome: "deployed", url: imagery.url }));
      const { status, stdout } = await command("imagery", "--deployment", deployment);
      expect([status, stdout]).toEqual([0, `imagery works: ${imagery.url}\n`]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("the smoke test of imagery, of a stack that does not work", () => {
  const id = "00000000-0000-4000-8000-000000000000";
  /** What the API answers, by method and path */
  let answers: Record<string, { readonly status?: number; readonly body: unknown }>;
  const answer: RequestListener = (request, response) => {
    request.resume();
    const { status = 200, body } = answers[`${request.method ?? ""} ${request.url ?? ""}`] ?? {
      status: 404,
      body: "no",
    };
    response.writeHead(status).end(body instanceof Buffer ? body : JSON.stringify(body));
  };
  const url = serve(answer);

  beforeEach(async () => {
    answers = {
      "GET /": { body: "the page" },
      "POST /image": { status: 201, body: { id, state: "created" } },
      [`POST /image/${id}/upload`]: { status: 202, body: { id, state: "uploaded" } },
      [`GET /image/${id}`]: { body: { id, state: "processed", processedUrl: `${url()}/result.png` } },
      "GET /result.png": { body: await png(64, { r: 115, g: 129, b: 121 }) },
    };
  });

  afterEach(() => {
    answers = {};
  });

  it("would pass if all of it did", async () => {
    expect(await smoke(url())).toHaveLength(3);
  });

  it.each([
    ["the page is down", "GET /", { status: 503, body: "no" }, /^the page: status 503/],
    [
      "no image can be made",
      "POST /image",
      { status: 500, body: { title: "broken" } },
      /^a new image: status 500.*broken/,
    ],
    ["it answers what is no image", "POST /image", { body: "hello" }, /^a new image: the answer is not an image/],
    [
      "the upload is refused",
      `POST /image/${id}/upload`,
      { status: 415, body: "what?" },
      /^the upload: status 415.*what/,
    ],
    ["no worker runs", `GET /image/${id}`, { body: { id, state: "uploaded" } }, /^time is up.*still uploaded/],
    [
      "it fails",
      `GET /image/${id}`,
      { body: { id, state: "failed", reason: "too large" } },
      /not processed: too large/,
    ],
    ["the result has no URL", `GET /image/${id}`, { body: { id, state: "processed" } }, /has no URL/],
    ["the result is gone", "GET /result.png", { status: 403, body: "denied" }, /^the result: status 403/],
  ])("fails when %s", async (_, request, broken, message) => {
    answers[request] = broken;
    await expect(smoke(url(), 1)).rejects.toThrow(message);
  });

  it("fails when the result has the wrong size or is not in sepia", async () => {
    answers["GET /result.png"] = { body: await png(32, { r: 115, g: 129, b: 121 }) };
    await expect(smoke(url())).rejects.toThrow(/png of 32 × 48, not a PNG of 64 × 48/);
    answers["GET /result.png"] = { body: await png(64, { r: 40, g: 90, b: 160 }) };
    await expect(smoke(url())).rejects.toThrow(/colour 40, 90, 160.*not in sepia/);
  });

  it("fails when nothing answers", async () => {
    await expect(smoke("http://127.0.0.1:1")).rejects.toThrow(/^the page: no answer/);
  });

  it.each([
    ["a stack without one", ["bootstrap", "--url", "http://127.0.0.1:1"], 2, /no smoke test of "bootstrap"/],
    ["a stack that is nowhere", ["imagery"], 2, /--url or --deployment/],
    ["a deployment without a URL", ["imagery", "--deployment", "package.json"], 2, /package\.json does not say/],
    ["a stack that does not answer", ["imagery", "--url", "http://127.0.0.1:1"], 1, /the page: no answer/],
  ])("as a command, ends with a code that tells %s", async (_, args, code, message) => {
    const { status, stderr } = await command(...args);
    expect([status, stderr]).toEqual([code, expect.stringMatching(message)]);
  });
});

function png(width: number, background: { r: number; g: number; b: number }): Promise<Buffer> {
  return sharp({ create: { width, height: 48, channels: 3, background } })
    .png()
    .toBuffer();
}

function command(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const node = ["--import", "tsx", "tools/smoke/main.ts", ...args];
    execFile(process.execPath, node, { cwd: root }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
