import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { PurgeQueueCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { pino } from "pino";
import { Sweeper } from "../../../../app-src/imagery/server/sweeper";
import { startAwsEmulators, type AwsEmulators } from "../../../support/aws";
import { eventually } from "../../../support/eventually";
import { bmp } from "../../../support/images";
import { createProcess, formWith, startImageryServer, type RunningServer } from "../../../support/imagery-server";

let aws: AwsEmulators;
let imagery: RunningServer;

beforeAll(async () => {
  aws = await startAwsEmulators();
  imagery = await startImageryServer(aws);
});
beforeEach(async () => {
  aws.fail(undefined);
  for (const { id, unqueuedSince } of await imagery.processes.listUnqueued(Date.now(), 1000)) {
    await imagery.processes.markQueued(id, unqueuedSince);
  }
  await aws.sqs.send(new PurgeQueueCommand({ QueueUrl: aws.queueUrl }));
});
afterAll(async () => {
  await imagery.server.close();
  await aws.stop();
});

function sweeper(options: { intervalSeconds?: number; afterSeconds?: number } = {}): Sweeper {
  const { intervalSeconds = 0.02, afterSeconds = 0 } = options;
  const { processes, queue } = imagery;
  return new Sweeper({ processes, queue, logger: pino({ enabled: false }), intervalSeconds, afterSeconds });
}

/** A process as a server leaves it that dies after marking the upload and before queueing its message. */
async function forgottenUpload(time = Date.now()): Promise<string> {
  const { id } = await imagery.processes.create();
  await imagery.processes.markUploaded(id, time);
  return id;
}

async function queuedIds(): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const { Messages = [] } = await aws.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: aws.queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
    );
    if (Messages.length === 0) return ids.sort();
    ids.push(...Messages.map(({ Body }) => (JSON.parse(Body ?? "") as { imageId: string }).imageId));
  }
}

describe("the sweep", () => {
  it("when a server died between table and queue, queues the upload, once", async () => {
    const id = await forgottenUpload();
    expect(await sweeper().sweep()).toBe(1);
    expect(await sweeper().sweep()).toBe(0);
    expect(await queuedIds()).toEqual([id]);
    expect(await imagery.processes.get(id)).toMatchObject({ state: "uploaded", version: 1 });
    expect(await imagery.processes.get(id)).not.toHaveProperty("unqueued");
  });

  it("when an upload is younger than it may be, leaves it to its request", async () => {
    await forgottenUpload();
    expect(await sweeper({ afterSeconds: 60 }).sweep()).toBe(0);
    expect(await queuedIds()).toEqual([]);
  });

  it("when more are forgotten than one page holds, queues all of them in one run", async () => {
    const ids = await Promise.all(Array.from({ length: 60 }, () => forgottenUpload()));
    expect(await sweeper().sweep()).toBe(60);
    expect(await queuedIds()).toEqual(ids.sort());
  });

  it("when two servers sweep at once, every upload is queued at least once", async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => forgottenUpload()));
    await Promise.all([sweeper().sweep(), sweeper().sweep()]);
    expect([...new Set(await queuedIds())]).toEqual(ids.sort());
  });

  it("when the queue fails, leaves the uploads for the next run", async () => {
    const id = await forgottenUpload();
    aws.fail({ matches: ({ action }) => action === "SendMessage", status: 500 });
    expect(await sweeper().sweep()).toBe(0);
    aws.fail(undefined);
    expect(await sweeper().sweep()).toBe(1);
    expect(await queuedIds()).toEqual([id]);
  });

  it("when it is started, runs again and again until it is stopped", async () => {
    const running = sweeper();
    running.start();
    const first = await forgottenUpload();
    await eventually("the first upload in the queue", async () => (await queuedIds()).includes(first));
    const second = await forgottenUpload();
    await eventually("the second upload in the queue", async () => (await queuedIds()).includes(second));
    await running.stop();
    await forgottenUpload();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await queuedIds()).toEqual([]);
  });

  it("when it is stopped in a long pause, stops at once", async () => {
    const running = sweeper({ intervalSeconds: 3600 });
    running.start();
    await running.stop();
  });
});

describe("an upload whose message cannot be sent", () => {
  it("is accepted all the same, keeps its mark, and the sweep sends it", async () => {
    const { id, upload } = await createProcess(imagery.url);
    aws.fail({ matches: ({ action }) => action === "SendMessage", status: 500 });
    const response = await fetch(upload, {
      method: "POST",
      body: formWith(bmp(3, 2)),
      headers: { Accept: "application/json" },
    });
    aws.fail(undefined);
    expect(response.status).toBe(202);
    expect(imagery.logs).toContainEqual(expect.objectContaining({ level: 40, imageId: id }));
    expect(await imagery.processes.get(id)).toMatchObject({ state: "uploaded", unqueued: "upload" });

    expect(await sweeper().sweep()).toBe(1);
    expect(await queuedIds()).toEqual([id]);
  });
});
