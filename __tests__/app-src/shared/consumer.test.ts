import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { Consumer, type Outcome } from "../../../app-src/shared/consumer";
import { createLogger } from "../../../app-src/shared/logger";
import { WorkQueue } from "../../../app-src/shared/work-queue";
import { startAwsEmulators, type AwsEmulators } from "../../support/aws";
import { eventually } from "../../support/eventually";
import { Images } from "../imagery/worker/support/images";

jest.setTimeout(30_000);

let aws: AwsEmulators;
let images: Images;
let consumer: Consumer | undefined;

beforeEach(async () => {
  aws = await startAwsEmulators();
  images = new Images(aws);
});

afterEach(async () => {
  await consumer?.stop(0);
  consumer = undefined;
  await aws.stop();
});

function consume(visibilitySeconds: number, run: (body: string | undefined) => Promise<Outcome>): Consumer {
  consumer = new Consumer({
    queue: new WorkQueue(aws.sqs, aws.queueUrl, visibilitySeconds, 20),
    job: { run: ({ body }) => run(body) },
    logger: createLogger("test", "silent"),
    concurrency: 2,
    heartbeatMs: (visibilitySeconds * 1000) / 3,
  });
  return consumer;
}

/** A job that lasts until it is told what has become of it. */
function heldJobs() {
  const bodies: (string | undefined)[] = [];
  let end: (outcome: Outcome) => void = () => undefined;
  const ended = new Promise<Outcome>((resolve) => {
    end = resolve;
  });
  const run = (body: string | undefined) => {
    bodies.push(body);
    return ended;
  };
  return { bodies, run, end };
}

describe("Consumer", () => {
  it("keeps what is in hand hidden for longer than the visibility timeout, at work or waiting", async () => {
    const jobs = heldJobs();
    for (let i = 0; i < 5; i++) await images.send(`message ${i}`);
    consume(2, jobs.run);
    await sleep(5000);
    expect(await images.queued()).toEqual({ visible: 0, inHand: 5 });
    expect(jobs.bodies).toHaveLength(2);
    jobs.end("done");
    await images.untilQueueEmpty();
    expect(new Set(jobs.bodies).size).toBe(5);
    expect(jobs.bodies).toHaveLength(5);
  });

  it("does not hoard", async () => {
    const jobs = heldJobs();
    for (let i = 0; i < 30; i++) await images.send(`message ${i}`);
    consume(20, jobs.run);
    await eventually("two jobs", () => jobs.bodies.length === 2);
    await sleep(300);
    expect((await images.queued()).visible).toBeGreaterThanOrEqual(18);
    jobs.end("done");
    await images.untilQueueEmpty();
  });

  it("puts a failed message off for twice as long each time, and never deletes it", async () => {
    const times: number[] = [];
    await images.send("again");
    consume(20, () => {
      times.push(Date.now());
      return Promise.resolve(times.length < 3 ? "retry" : "done");
    });
    await images.untilQueueEmpty();
    expect(times).toHaveLength(3);
    const [first = 0, second = 0, third = 0] = times;
    expect(second - first).toBeGreaterThanOrEqual(900);
    expect(third - second).toBeGreaterThanOrEqual(1900);
  });

  it("gives everything back when what is in work does not end in time", async () => {
    const jobs = heldJobs();
    for (let i = 0; i < 5; i++) await images.send(`message ${i}`);
    const stopped = consume(20, jobs.run);
    await eventually("two jobs", () => jobs.bodies.length === 2);
    expect(stopped.alive).toBe(true);
    await stopped.stop(100);
    expect(stopped.alive).toBe(false);
    expect(await images.queued()).toEqual({ visible: 5, inHand: 0 });
  });
});
