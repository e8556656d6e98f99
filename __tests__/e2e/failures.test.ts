import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { bundledCommand } from "../support/commands";
import { Imagery } from "./support/imagery";
import { photo, sepiaDifference } from "./support/photos";

let imagery: Imagery;

beforeAll(async () => {
  imagery = await Imagery.start();
}, 60_000);

afterEach(async () => {
  imagery.local.gateway.faults.clear();
  for (const fleet of imagery.local.fleets.values()) await fleet.settled();
});

afterAll(() => imagery.stop(), 60_000);

/** Kills every process of a fleet with SIGKILL. */
function killAll(fleet: string): void {
  for (const { pid } of imagery.local.fleet(fleet).members) process.kill(pid ?? 0, "SIGKILL");
}

async function expectSepia(id: string, original: Buffer): Promise<void> {
  const { average } = await sepiaDifference(original, await imagery.result(await imagery.reaches(id, "processed")));
  expect(average).toBeLessThanOrEqual(1.5);
}

/** A user whose upload was refused tries again. */
async function submitUntilAccepted(original: Buffer): Promise<string> {
  for (;;) {
    const id = await imagery.submit(original).catch(() => undefined);
    if (id !== undefined) return id;
  }
}

/** Runs the redrive command with what `npm start` tells to export. */
async function redrive(...parameters: string[]): Promise<string> {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const command = spawn(process.execPath, [await bundledCommand("redrive"), ...parameters], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...imagery.local.operatorEnvironment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [output, errors] = await Promise.all([text(command.stdout), text(command.stderr), once(command, "close")]);
  expect(errors).toBe("");
  return output;
}

describe("no image is lost", () => {
  it("when a worker is killed in mid-image", async () => {
    const fault = imagery.local.gateway.faults.add({ kind: "hold", caller: "worker", operation: "PutObject" });
    const original = await photo(1, 640, 480);
    const id = await imagery.submit(original);
    // The image is computed, and not stored.
    await fault.firstHit;
    killAll("worker");
    await imagery.local.fleet("worker").settled();
    fault.remove();
    await expectSepia(id, original);
  }, 90_000);

  it("when the server is killed between the table and the queue", async () => {
    const fault = imagery.local.gateway.faults.add({ kind: "hold", caller: "server", operation: "SendMessage" });
    const original = await photo(2, 640, 480);
    const { id } = await imagery.create();
    const upload = imagery.upload(id, original);
    // Marked as uploaded, and not in the queue.
    await fault.firstHit;
    killAll("server");
    expect((await upload).status).toBe(502);
    await imagery.local.fleet("server").settled();
    fault.remove();
    await imagery.until("a server answers", async () => (await fetch(`${imagery.url}/health`)).ok);
    await expectSepia(id, original);
    expect(imagery.lines).toContainEqual(expect.stringContaining("queued uploads whose message had been lost"));
  }, 90_000);

  it("when the answer of the queue is lost", async () => {
    const fault = imagery.local.gateway.faults.add({ kind: "drop-answer", operation: "SendMessage", times: 2 });
    const original = await photo(3, 640, 480);
    await expectSepia(await imagery.submit(original), original);
    expect(fault.hits).toBeGreaterThan(0);
  }, 60_000);

  it("when every tenth call of a service is throttled, fails or is dropped", async () => {
    const { faults } = imagery.local.gateway;
    for (const kind of ["throttle", "error", "drop"] as const) faults.add({ kind, probability: 0.1 / 3 });
    const originals = await Promise.all(Array.from({ length: 12 }, (_, index) => photo(10 + index, 320, 240)));
    for (const original of originals) {
      const id = await submitUntilAccepted(original);
      await imagery.until("processed in spite of faults", () =>
        imagery.get(id).then(
          ({ state }) => state === "processed",
          () => false,
        ),
      );
    }
  }, 120_000);
});

describe("a message", () => {
  const send = (body: string): Promise<unknown> =>
    imagery.sqs.send(new SendMessageCommand({ QueueUrl: imagery.queueUrl, MessageBody: body }));
  const work = (imageId: string): string => JSON.stringify({ imageId, desiredState: "processed" });

  it("that comes twice has its effect once", async () => {
    const original = await photo(30, 640, 480);
    const id = await imagery.submit(original);
    await send(work(id));
    await expectSepia(id, original);
    await send(work(id));
    await imagery.queueHolds(imagery.queueUrl, 0);
    expect(await imagery.get(id)).toMatchObject({ state: "processed", version: 2 });
  }, 60_000);

  it("that can never be done ends in the dead-letter queue, from where one command brings it back", async () => {
    const unknown = "7b0a4d3e-52f1-4c49-9e35-0a5f5a1f9d11";
    await send(work(unknown));
    await send("this is no JSON");
    await imagery.queueHolds(imagery.deadLetterQueueUrl, 2);
    expect(await imagery.messagesIn(imagery.queueUrl)).toBe(0);
    // An ordinary image is processed meanwhile.
    const original = await photo(31, 640, 480);
    await expectSepia(await imagery.submit(original), original);

    expect(await redrive("imagery", "--dry-run")).toContain("imagery-dev-work: about 2 in the dead-letter queue");
    expect(await imagery.messagesIn(imagery.deadLetterQueueUrl)).toBe(2);

    // The cause is mended: the image is there now, already processed.
    const table = new DynamoDBClient(imagery.local.clientConfig);
    const item = {
      id: { S: unknown },
      version: { N: "2" },
      state: { S: "processed" },
      createdAt: { S: new Date().toISOString() },
    };
    await table.send(new PutItemCommand({ TableName: "imagery-dev-processes", Item: item }));
    table.destroy();
    expect(await redrive("imagery")).toContain("imagery-dev-work: 2 moved back from the dead-letter queue");
    // One message is done now, the other one is as wrong as before.
    await imagery.queueHolds(imagery.deadLetterQueueUrl, 1);
    await imagery.queueHolds(imagery.queueUrl, 0);
  }, 90_000);
});
