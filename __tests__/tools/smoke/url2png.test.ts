import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import sharp from "sharp";
import { createLogger } from "../../../app-src/shared/logger";
import { PageError } from "../../../app-src/url2png/browser/page-error";
import { loadWorkerConfig } from "../../../app-src/url2png/shared/config";
import { startWorker, type RunningWorker } from "../../../app-src/url2png/worker/worker";
import { freePort } from "../../../tools/local/fleet/free-port";
import { smokeUrl2png } from "../../../tools/smoke/url2png";
import { ScriptedBrowser } from "../../app-src/url2png/worker/support/scripted-browser";
import { startAwsEmulators, type AwsEmulators } from "../../support/aws";

const root = fileURLToPath(new URL("../../..", import.meta.url));

let aws: AwsEmulators;
let worker: RunningWorker;
const browser = new ScriptedBrowser();

beforeAll(async () => {
  aws = await startAwsEmulators();
  Object.assign(process.env, aws.environment);
  const config = loadWorkerConfig({ ...aws.environment, PORT: String(await freePort()) });
  worker = await startWorker(config, createLogger("test", "silent"), () => Promise.resolve(browser));
});

afterAll(async () => {
  await worker.stop();
  await aws.stop();
});

beforeEach(() => {
  browser.scene = () => picture(1024, 768);
});

/** Tries the stack, with a worker of its own. @returns what worked */
async function smoke(page?: string, seconds = 60): Promise<string[]> {
  const steps: string[] = [];
  await smokeUrl2png(page, { deadline: Date.now() + seconds * 1000, say: (text) => steps.push(text) });
  return steps;
}

describe("the smoke test of url2png", () => {
  it("of a stack that works passes, and has seen a picture of example.org", async () => {
    expect(await smoke()).toEqual([
      expect.stringMatching(/^https:\/\/example\.org\/ is sent as [\w-]{36}$/),
      expect.stringMatching(/^picture [\w-]{36} has 1024 × 768 pixels$/),
    ]);
    expect(browser.urls.at(-1)).toBe("https://example.org/");
  });

  it("tries the page that it is told, in the stack whose outputs it is told", async () => {
    const outputs = { queue_url: aws.queueUrl, bucket: aws.bucket };
    const environment = { ...process.env };
    delete process.env.QUEUE_URL;
    delete process.env.BUCKET;
    try {
      await smokeUrl2png("https://a.test/", { deadline: Date.now() + 60_000, say: () => undefined, outputs });
    } finally {
      Object.assign(process.env, environment);
    }
    expect(browser.urls.at(-1)).toBe("https://a.test/");
  });

  it("fails when the page is not photographed, and says why", async () => {
    browser.scene = () => Promise.reject(new PageError("name-not-found", "example.org does not exist.", false));
    await expect(smoke()).rejects.toThrow(/not photographed: example\.org does not exist\. \(name-not-found\)/);
  });

  it.each([
    ["of another size", () => picture(800, 600), /png of 800 × 600, not a PNG of 1024 × 768/],
    ["of another kind", () => picture(1024, 768, "jpeg"), /jpeg of 1024 × 768, not a PNG/],
    ["none at all", () => Promise.resolve(Buffer.alloc(0)), /cannot be read/],
  ])("fails when the picture is %s", async (_, scene, message) => {
    browser.scene = scene;
    await expect(smoke()).rejects.toThrow(message);
  });

  it("fails when no worker takes the message in time", async () => {
    let end: () => void = () => undefined;
    browser.scene = () =>
      new Promise((resolve) => {
        end = () => {
          resolve(Buffer.alloc(0));
        };
      });
    await expect(smoke(undefined, 1)).rejects.toThrow(/^time is up: .*is a worker running/);
    end();
  });

  it("refuses what can never be photographed", async () => {
    await expect(smoke("file:///etc/passwd")).rejects.toMatchObject({ name: "RefusedError" });
  });

  it("as a command passes with 0", async () => {
    expect(await command(aws.environment)).toMatchObject({ status: 0, stdout: "url2png works\n" });
  });

  it("as a command that does not know where the stack is ends with 2, and says who knows", async () => {
    const { status, stderr } = await command({ AWS_REGION: "eu-central-1" });
    expect([status, stderr]).toEqual([2, expect.stringMatching(/QUEUE_URL and BUCKET.*npm start url2png/)]);
  });
});

function picture(width: number, height: number, format: "png" | "jpeg" = "png"): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: "navy" } })
    .toFormat(format)
    .toBuffer();
}

function command(
  environment: Readonly<Record<string, string>>,
): Promise<{ status: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...environment };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--import", "tsx", "tools/smoke/main.ts", "url2png"],
      { cwd: root, env },
      (error, stdout, stderr) => {
        resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}
