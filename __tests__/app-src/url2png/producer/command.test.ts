import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { build, stop } from "esbuild";
import { PageError } from "../../../../app-src/url2png/browser/page-error";
import { loadWorkerConfig } from "../../../../app-src/url2png/shared/config";
import { startWorker, type RunningWorker } from "../../../../app-src/url2png/worker/worker";
import { createLogger } from "../../../../app-src/shared/logger";
import { freePort } from "../../../../tools/local/fleet/free-port";
import { startAwsEmulators, type AwsEmulators } from "../../../support/aws";
import { eventually } from "../../../support/eventually";
import { Pictures } from "../worker/support/pictures";
import { ScriptedBrowser } from "../worker/support/scripted-browser";

jest.setTimeout(60_000);

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const SOURCE = "app-src/url2png/producer/main.ts";
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

let aws: AwsEmulators;
let pictures: Pictures;
let worker: RunningWorker;
/** The command in one file, which starts in a third of the time. */
let command = "";
let folder = "";

let endTests: () => void = () => undefined;
const endOfTests = new Promise<Buffer>((resolve) => {
  endTests = () => {
    resolve(PNG);
  };
});

/** The page of `bad.test` fails, that of `never.test` does not come to an end. */
const browser = new ScriptedBrowser((url) => {
  const { host } = new URL(url);
  if (host === "bad.test") return Promise.reject(new PageError("name-not-found", `${host} does not exist.`, false));
  return host === "never.test" ? endOfTests : Promise.resolve(PNG);
});

beforeAll(async () => {
  command = join(mkdtempSync(join(tmpdir(), "steadfast-url2png-command-")), "url2png.mjs");
  await build({
    entryPoints: [join(root, SOURCE)],
    outfile: command,
    bundle: true,
    platform: "node",
    format: "esm",
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    logLevel: "warning",
  });
  await stop();
  aws = await startAwsEmulators();
  pictures = new Pictures(aws);
  Object.assign(process.env, aws.environment);
  const config = loadWorkerConfig({ ...aws.environment, PORT: String(await freePort()), CONCURRENCY: "20" });
  worker = await startWorker(config, createLogger("test", "silent"), () => Promise.resolve(browser));
});

afterAll(async () => {
  endTests();
  await worker.stop();
  await aws.stop();
  rmSync(dirname(command), { recursive: true, force: true });
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "steadfast-url2png-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly bytes: Buffer;
  readonly stderr: string;
}

/** Starts the command, where AWS is the emulators. */
function start(parameters: readonly string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, [command, ...parameters], {
    cwd: root,
    env: { HOME: "/nonexistent", AWS_EC2_METADATA_DISABLED: "true", ...aws.environment, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function ended(child: ChildProcess): Promise<Ended> {
  if (!child.stdout || !child.stderr) throw new Error("started without pipes");
  const [bytes, stderr, [code]] = await Promise.all([
    buffer(child.stdout),
    text(child.stderr),
    once(child, "exit") as Promise<[number | null]>,
  ]);
  return { code, bytes, stdout: bytes.toString(), stderr };
}

const run = (...parameters: string[]): Promise<Ended> => ended(start(parameters));

describe("npx url2png", () => {
  it("says where the pictures will be, and does not wait for them", async () => {
    const { code, stdout, stderr } = await run("https://a.test/", "https://bad.test/");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(new RegExp(`^(s3://images/${UUID}\\.png\n){2}$`));
  });

  it("told to wait, says where the picture is, and on the standard error what it does", async () => {
    const { code, stdout, stderr } = await run("https://a.test/", "--wait");
    expect(code).toBe(0);
    const [, id = ""] = /^s3:\/\/images\/(.*)\.png\n$/.exec(stdout) ?? [];
    expect((await pictures.picture(id))?.body).toEqual(PNG);
    expect(stderr).toBe(`sent https://a.test/, its picture will be s3://images/${id}.png\n`);
  });

  it("told a file, saves the picture there and leaves nothing else", async () => {
    const file = join(folder, "page.png");
    writeFileSync(file, "an older picture");
    expect(await run("https://a.test/", "--output", file)).toMatchObject({ code: 0, stdout: `${file}\n` });
    expect(readFileSync(file)).toEqual(PNG);
    expect(readdirSync(folder)).toEqual(["page.png"]);
  });

  it("told a folder for several pages, makes it and saves what can be photographed", async () => {
    const into = join(folder, "pictures");
    const { code, stderr } = await run("https://a.test/", "https://bad.test/", "https://b.test/", "--output", into);
    expect(code).toBe(1);
    expect(readdirSync(into)).toEqual(Array(2).fill(expect.stringMatching(new RegExp(`^${UUID}\\.png$`))));
    expect(stderr).toContain("https://bad.test/: bad.test does not exist. (name-not-found)\n");
  });

  it("told the standard output, writes the picture to it and nothing else", async () => {
    const { code, bytes } = await run("https://a.test/", "--output", "-");
    expect([code, bytes]).toEqual([0, PNG]);
  });

  it("with --json, prints one document with what became of each page", async () => {
    const { code, stdout } = await run("https://a.test/", "https://bad.test/", "--json", "--output", folder);
    const { pages } = JSON.parse(stdout) as { pages: { id: string; location: string }[] };
    expect(code).toBe(1);
    const [good, bad] = pages.map(({ id, location }) => {
      expect(location).toBe(`s3://images/${id}.png`);
      return { id, location };
    });
    const file = join(folder, `${String(good?.id)}.png`);
    expect(pages).toEqual([
      { ...good, url: "https://a.test/", state: "photographed", file },
      {
        ...bad,
        url: "https://bad.test/",
        state: "failed",
        reason: "name-not-found",
        message: "bad.test does not exist.",
      },
    ]);
  });

  it("gives up when time is up, with 1, and the page is known to be one that may still come", async () => {
    const { code, stdout, stderr } = await run("https://never.test/", "--wait", "--timeout", "0.5", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ pages: [{ state: "timed-out" }] });
    expect(stderr).toMatch(/https:\/\/never\.test\/: .*after 0\.5 s.*may still come/);
  });

  it("interrupted, says so and what it has sent, with 130", async () => {
    const child = start(["https://never.test/", "--wait", "--json"]);
    const end = ended(child);
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await eventually("a message sent", () => said.includes("sent https://never.test/"), 30);
    child.kill("SIGINT");
    const { code, stdout, stderr } = await end;
    expect([code, stderr]).toEqual([130, expect.stringMatching(/error: interrupted/)]);
    expect(JSON.parse(stdout)).toMatchObject({ pages: [{ url: "https://never.test/", state: "sent" }] });
  });
});

describe("the program url2png of package.json", () => {
  it("is this command, and runs without a build", async () => {
    const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { bin: Record<string, string> };
    expect(bin).toEqual({ url2png: SOURCE });
    // As npm does: the file itself is started, with the project's programs in the path.
    const PATH = [join(root, "node_modules/.bin"), dirname(process.execPath), process.env.PATH].join(delimiter);
    const child = spawn(join(root, SOURCE), ["--help"], {
      env: { ...process.env, PATH },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const { code, stdout } = await ended(child);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Usage: npx url2png .*Exit codes: 0 done/s)]);
  });
});

describe("npx url2png, used wrongly", () => {
  it.each([
    ["without a URL", [], /missing required argument 'url'/],
    ["with what is no URL", ["https://a.test/", "a.test"], /"a\.test" can never be photographed.*https:\/\/a\.test\?/],
    ["with an unknown option", ["https://a.test/", "--fast"], /unknown option '--fast'/],
    ["with no time to wait", ["https://a.test/", "--timeout", "0"], /above 0/],
    [
      "with a folder that is not there",
      ["https://a.test/", "--output", "/nonexistent/a.png"],
      /no folder \/nonexistent/,
    ],
    ["with one file for two pages", ["https://a.test/", "https://b.test/", "--output", "package.json"], /is a file/],
    ["with one output for two pages", ["https://a.test/", "https://b.test/", "--output", "-"], /only one picture/],
    ["with two things for one output", ["https://a.test/", "--output", "-", "--json"], /both would be printed/],
  ])("%s, sends nothing and ends with 2", async (_, parameters, message) => {
    const before = aws.requests.filter(({ action }) => action === "SendMessageBatch").length;
    const { code, stderr } = await run(...parameters);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(aws.requests.filter(({ action }) => action === "SendMessageBatch")).toHaveLength(before);
  });

  it("that does not know where, names both variables and who knows them", async () => {
    const { code, stderr } = await ended(start(["https://a.test/"], { QUEUE_URL: "", BUCKET: "" }));
    expect(code).toBe(2);
    expect(stderr).toMatch(/QUEUE_URL and BUCKET.*--queue-url and --bucket.*npm start url2png.*cdktf output url2png/);
  });
});

describe("npx url2png, when AWS does not do as it is asked", () => {
  it.each([
    ["has no such queue", () => ({ QUEUE_URL: `${aws.queueUrl}-missing` }), /QueueDoesNotExist.*Is the stack deployed/],
    ["has no such bucket", () => ({ BUCKET: "nowhere" }), /NoSuchBucket.*Is the stack deployed/],
    ["is not there", () => ({ QUEUE_URL: "http://127.0.0.1:1/work" }), /AWS cannot be reached/],
    ["is not told who asks", () => ({ AWS_ACCESS_KEY_ID: undefined }), /no AWS credentials.*npm start url2png/],
    ["is not told where", () => ({ AWS_REGION: undefined }), /no AWS region: export AWS_REGION/],
  ])("as it %s, says so and ends with 1", async (_, environment, message) => {
    const { code, stderr } = await ended(start(["https://a.test/", "--wait"], environment()));
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
  });
});
