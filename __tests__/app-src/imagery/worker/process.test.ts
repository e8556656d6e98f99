import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { startAwsEmulators, type AwsEmulators } from "../../../support/aws";
import { eventually } from "../../../support/eventually";
import { BUILT } from "./support/built";
import { freePort } from "../../../../tools/local/fleet/free-port";
import { Images } from "./support/images";
import { picture } from "./support/samples";

jest.setTimeout(90_000);

/** The shortest visibility timeout that a worker takes. */
const VISIBILITY_SECONDS = 10;

let aws: AwsEmulators;
let images: Images;
let processes: ChildProcess[] = [];

beforeEach(async () => {
  aws = await startAwsEmulators({ visibilityTimeout: VISIBILITY_SECONDS });
  images = new Images(aws);
});

afterEach(async () => {
  for (const child of processes.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  processes = [];
  await aws.stop();
});

async function startProcess(): Promise<ChildProcess> {
  const settings = { THREADS: "1", VISIBILITY_TIMEOUT_SECONDS: String(VISIBILITY_SECONDS), LOG_LEVEL: "fatal" };
  const environment = { ...aws.environment, ...settings, PORT: String(await freePort()) };
  const child = spawn(process.execPath, [fileURLToPath(new URL("worker.js", BUILT))], {
    env: environment,
    stdio: "ignore",
  });
  processes.push(child);
  return child;
}

/** Answers nothing from S3, as if the network were stuck, until it is let go. */
function holdBucket(): { readonly held: () => boolean; release: () => void } {
  let held = false;
  aws.fail({
    matches: ({ action }) => {
      held ||= action === undefined;
      return action === undefined;
    },
    status: 503,
  });
  return {
    held: () => held,
    release: () => {
      aws.fail(undefined);
    },
  };
}

const photo = () => picture(1600, 1200).jpeg({ quality: 90 }).toBuffer();

describe("the worker's process", () => {
  it("told to stop ends what it works on, gives back the rest at once, and exits with 0", async () => {
    const file = await photo();
    const ids = await Promise.all(Array.from({ length: 10 }, () => images.submit(file)));
    const child = await startProcess();
    await eventually("messages in hand", async () => (await images.queued()).inHand > 0);
    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number | null];
    expect(code).toBe(0);
    const { visible, inHand } = await images.queued();
    expect(inHand).toBe(0);
    const states = await Promise.all(ids.map(async (id) => (await images.table.get(id))?.state));
    expect(visible).toBe(states.filter((state) => state === "uploaded").length);
    expect(visible).toBeGreaterThan(0);
  });

  it("killed in the middle of an image loses nothing: the message comes back and is processed once", async () => {
    const id = await images.submit(await photo());
    const bucket = holdBucket();
    const killed = await startProcess();
    await eventually("an image in work", bucket.held);
    killed.kill("SIGKILL");
    await once(killed, "exit");
    bucket.release();
    expect(await images.queued()).toEqual({ visible: 0, inHand: 1 });
    await startProcess();
    const { version } = await images.until(id, "processed");
    expect(version).toBe(2); // created, uploaded, processed
    await images.untilQueueEmpty();
  });
});
