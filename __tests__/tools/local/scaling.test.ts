import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { PurgeQueueCommand, SQSClient, SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { listProcesses } from "../../../tools/local/fleet/processes";
import { LocalStack } from "../../../tools/local/stack";
import type { FleetSnapshot } from "../../../tools/local/snapshot";
import { eventually } from "../../support/eventually";
import { fixtureFolders } from "./fixture/stack";
import { scaledStack, stepScaled } from "./scaling/support/scaled-stack";

// Real processes: on a busy machine they may take their time.
jest.setTimeout(120_000);

/** A minute of CloudWatch's is 0.2 s. */
const scalingTimeFactor = 300;
const lines: string[] = [];
let local: LocalStack;
let queue: string;
let sqs: SQSClient;

beforeAll(async () => {
  local = await LocalStack.start({
    stack: scaledStack(stepScaled),
    folders: fixtureFolders,
    capacity: { web: 2 },
    scalingTimeFactor,
    log: (line) => lines.push(line),
  });
  queue = local.outputVariables.QUEUE ?? "";
  sqs = new SQSClient(local.clientConfig);
});

afterAll(async () => {
  sqs.destroy();
  await local.stop();
});

async function fleet(name: string): Promise<FleetSnapshot> {
  const found = (await local.snapshot()).fleets.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`there is no fleet ${name}`);
  return found;
}

const inService = ({ instances }: FleetSnapshot, zone?: string): number =>
  instances.filter((each) => each.state === "in-service" && (zone === undefined || each.zone === zone)).length;

const size = async (name: string, count: number): Promise<boolean> => {
  const now = await fleet(name);
  return now.instances.length === count && inService(now) === count;
};

async function send(count: number): Promise<void> {
  const Entries = Array.from({ length: count }, (_, index) => ({ Id: String(index), MessageBody: "work" }));
  await sqs.send(new SendMessageBatchCommand({ QueueUrl: queue, Entries }));
}

const post = async (path: string, body?: string): Promise<string> =>
  (await fetch(`${local.url}${path}`, { method: "POST", ...(body !== undefined && { body }) })).text();

describe("a fleet with step scaling", () => {
  it("grows while its queue is full, as far as it may, and shrinks when it is empty", async () => {
    await send(10);
    await eventually("the largest fleet", () => size("worker", 3), 60);
    const full = await local.snapshot();
    expect(full.queues).toContainEqual({ name: "fixture-dev-work", visible: 10, inFlight: 0, deadLetter: false });
    expect(full.alarms.map(({ name, state, scaling }) => [name, state, scaling])).toEqual([
      ["up", "ALARM", true],
      ["down", "OK", true],
    ]);

    await sqs.send(new PurgeQueueCommand({ QueueUrl: queue }));
    await eventually("the smallest fleet", () => size("worker", 1), 60);
    const events = (await local.snapshot()).events.filter((event) => event.fleet === "worker");
    const steps = events.filter(({ kind }) => kind === "scale-out" || kind === "scale-in").map(({ text }) => text);
    expect(steps.map((text) => text.replace(/: alarm "(\w+)".*/, ", $1"))).toEqual([
      "desired capacity 1 → 2, up",
      "desired capacity 2 → 3, up",
      "desired capacity 3 → 2, down",
      "desired capacity 2 → 1, down",
    ]);
    expect(lines).toContainEqual(expect.stringMatching(/^alarm "up": \w+ → ALARM \(\d+; rings when > 5\)$/));
  });
});

describe("a snapshot", () => {
  it("shows the stack, its fleets, instances, zones, queues, alarms and buckets", async () => {
    const snapshot = await local.snapshot();
    expect(snapshot).toMatchObject({
      stack: "fixture",
      timeFactor: scalingTimeFactor,
      url: local.url,
      buckets: ["fixture-dev-files-000000000000"],
    });
    expect(snapshot.queues).toContainEqual(
      expect.objectContaining({ name: "fixture-dev-work-dead-letter", deadLetter: true }),
    );
    const web = await fleet("web");
    expect(web).toMatchObject({
      min: 1,
      max: 3,
      desired: 2,
      zones: [
        { name: "zone a", up: true },
        { name: "zone b", up: true },
      ],
    });
    expect(web.instances[0]).toMatchObject({
      id: expect.stringMatching(/^i-[0-9a-f]{17}$/),
      pid: expect.any(Number),
      state: "in-service",
      health: "healthy",
      image: "local",
    });
  });

  it("shows how busy the processes are", async () => {
    const work = post("/work", "4000");
    await eventually("a busy instance", async () =>
      (await fleet("web")).instances.some(({ cpuPercent = 0 }) => cpuPercent > 20),
    );
    await work;
  });

  it("shows the last minutes of the queues and the fleets", async () => {
    const { history } = await local.snapshot();
    expect(history.length).toBeGreaterThan(1);
    expect(history.at(-1)).toMatchObject({ queues: { "fixture-dev-work": 0 }, fleets: { web: 2, worker: 1 } });
  });
});

describe("an instance that is killed", () => {
  it("takes everything with it that it had started, also what had left its process group", async () => {
    const [browser = 0, child = 0] = JSON.parse(await post("/browser")) as number[];
    const isThere = async (): Promise<number[]> =>
      (await listProcesses()).map(({ pid }) => pid).filter((pid) => pid === browser || pid === child);
    expect(await isThere()).toHaveLength(2);
    const before = (await fleet("web")).instances.map(({ id }) => id);
    for (const id of before) await local.killInstance("web", id);
    await eventually("the end of the browser", async () => (await isThere()).length === 0);
    await eventually("its successors", () => size("web", 2), 30);
    const after = (await fleet("web")).instances.map(({ id }) => id);
    expect(after.filter((id) => before.includes(id))).toEqual([]);
  });

  it("takes it all with it when another program kills it", async () => {
    const [browser = 0] = JSON.parse(await post("/browser")) as number[];
    // Seen once by the monitor: nothing tells afterwards who had started it.
    const looks = (await local.snapshot()).history.at(-1)?.at ?? 0;
    await eventually("two looks", async () => ((await local.snapshot()).history.at(-1)?.at ?? 0) > looks + 1500);
    for (const { pid } of local.fleet("web").members) process.kill(pid ?? 0, "SIGKILL");
    await eventually("the end of the browser", async () => !(await listProcesses()).some(({ pid }) => pid === browser));
    await eventually("its successors", () => size("web", 2), 30);
  });

  it("has to exist", async () => {
    await expect(local.killInstance("web", "i-1")).rejects.toThrow("web has no instance i-1");
  });
});

describe("a zone that is down", () => {
  it("loses its instances to the other zone, and gets them back, launched before others leave", async () => {
    await local.takeZoneDown("zone a");
    await eventually("everything in zone b", async () => inService(await fleet("web"), "zone b") === 2, 30);
    const down = await fleet("web");
    expect(down.zones).toEqual([
      { name: "zone a", up: false },
      { name: "zone b", up: true },
    ]);
    expect(down.instances.filter(({ zone }) => zone === "zone a")).toEqual([]);

    local.bringZoneBack("zone a");
    let fewest = Infinity;
    await eventually(
      "one in each zone",
      async () => {
        const now = await fleet("web");
        fewest = Math.min(fewest, inService(now));
        return now.instances.length === 2 && inService(now, "zone a") === 1 && inService(now, "zone b") === 1;
      },
      30,
    );
    expect(fewest).toBe(2);
    const { events } = await local.snapshot();
    expect(events.filter(({ kind }) => kind === "zone").map(({ text }) => text)).toEqual([
      "zone a is down",
      "zone a is back",
    ]);
  });

  it("has to exist", async () => {
    await expect(local.takeZoneDown("zone z")).rejects.toThrow('there is no "zone z" (there are: zone a, zone b)');
  });
});

describe("the operator", () => {
  it("finds the stack's outputs in the environment", () => {
    expect(local.outputVariables).toEqual({ URL: local.url, QUEUE: queue });
  });

  it("reads the newest objects of a bucket", async () => {
    const bucket = "fixture-dev-files-000000000000";
    const s3 = new S3Client({ ...local.clientConfig, forcePathStyle: true });
    const put = (Key: string): Promise<unknown> =>
      s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Key, ContentType: "image/png" }));
    await put("1.png");
    const [first] = await local.latestObjects(bucket, 1);
    // S3 knows when an object was written to the second.
    await eventually("the next second", () => Date.now() > (first?.modifiedAt ?? 0) + 1000);
    await put("2.png");
    s3.destroy();
    expect((await local.latestObjects(bucket, 2)).map(({ key }) => key)).toEqual(["2.png", "1.png"]);
    expect(await local.latestObjects(bucket, 1)).toHaveLength(1);
    const content = await local.readObject(bucket, "2.png");
    expect([content?.contentType, Buffer.from(content?.body ?? []).toString()]).toEqual(["image/png", "2.png"]);
    expect(await local.readObject(bucket, "3.png")).toBeUndefined();
  });
});
