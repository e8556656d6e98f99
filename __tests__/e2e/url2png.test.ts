import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import type { LocalStack } from "../../tools/local/stack";
import { type LoadTestResult, runLoadTest } from "../../tools/loadtest/load-test";
import { reportOf } from "../../tools/loadtest/report";
import { type Prepared, localTarget } from "../../tools/loadtest/targets";

jest.setTimeout(600_000);

const MESSAGES = 250;
const TIME_FACTOR = 30;
/** So many pictures are there when a worker is killed. */
const KILL_AFTER = 60;
/** Seconds; a killed worker's messages come back after them. */
const VISIBILITY_TIMEOUT = 10;

let local: LocalStack;
let prepared: Prepared;
let result: LoadTestResult;
let killed: number | undefined;

beforeAll(async () => {
  prepared = await localTarget({
    timeFactor: TIME_FACTOR,
    log: (line) => {
      if (process.env.E2E_LOG === "1") console.log(line);
    },
    environment: { VISIBILITY_TIMEOUT_SECONDS: String(VISIBILITY_TIMEOUT) },
    onStack: (stack) => {
      local = stack;
      return Promise.resolve();
    },
  });
  result = await runLoadTest({
    target: prepared.target,
    send: async () => {
      const ids = await prepared.send(MESSAGES);
      await sendAgain(ids[0] ?? "");
      return ids;
    },
    timeout: 500,
    onSample: ({ done }) => {
      if (killed === undefined && done >= KILL_AFTER) killOne();
    },
  });
});

afterAll(async () => {
  await prepared.close();
});

/** The same work once more, as SQS may deliver a message twice. */
async function sendAgain(id: string): Promise<void> {
  const sqs = new SQSClient(local.clientConfig);
  const body = JSON.stringify({ id, url: prepared.pageUrl(0) });
  await sqs.send(new SendMessageCommand({ QueueUrl: local.outputVariables.QUEUE_URL, MessageBody: body }));
  sqs.destroy();
}

function killOne(): void {
  const [{ pid } = { pid: undefined }] = local.fleet("worker").members;
  if (pid === undefined) return;
  process.kill(pid, "SIGKILL");
  killed = pid;
}

describe("250 URLs at once, one of them twice, and a worker that is killed in the middle", () => {
  it("end in a picture each, 1024 by 768 pixels", () => {
    expect(killed).toBeDefined();
    expect(result.ids).toHaveLength(MESSAGES);
    expect(reportOf(result, TIME_FACTOR)).toMatchObject({
      pictures: MESSAGES,
      failures: 0,
      missing: 0,
      wrongPictures: 0,
    });
  });

  it("make the fleet grow from one machine to two, and shrink to one again", () => {
    const { fleet, broken } = reportOf(result, TIME_FACTOR);
    expect(fleet).toMatchObject({ before: 1, most: 2, after: 1 });
    expect(broken).toEqual([]);
  });

  it("leave nothing in the queue and nothing among the dead letters", async () => {
    const { queues } = await local.snapshot();
    expect(queues.map(({ visible, inFlight }) => visible + inFlight)).toEqual([0, 0]);
  });

  it("need no permission that the workers do not have", () => {
    expect(local.gateway.denied).toEqual([]);
  });
});
