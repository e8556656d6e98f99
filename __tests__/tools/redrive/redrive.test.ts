import {
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SQSClient,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type Emulators, startEmulators } from "../../../tools/local/emulators/emulators";
import { localAccountId, localAttributes, localDataSources } from "../../../tools/local/terraform/attributes";
import { findDeadLetterQueue, redrive } from "../../../tools/redrive/redrive";
import { fixtureStack } from "../local/fixture/stack";

let emulators: Emulators;
let client: SQSClient;
let queue: string;
let deadLetters: string;

beforeAll(async () => {
  const stack = fixtureStack();
  const place = { region: stack.region, accountId: localAccountId };
  const addresses = { ...place, endpoint: "http://127.0.0.1:1", loadBalancer: () => "localhost" };
  stack.answerWith(localAttributes(addresses), localDataSources(place));
  emulators = await startEmulators(stack);
  const credentials = { accessKeyId: "x", secretAccessKey: "x" };
  client = new SQSClient({ region: stack.region, endpoint: emulators.endpoints.sqs, credentials });
  queue = emulators.queueUrls.get("fixture-dev-work") ?? "";
  deadLetters = emulators.queueUrls.get("fixture-dev-work-dead-letter") ?? "";
});

beforeEach(async () => {
  for (const QueueUrl of [queue, deadLetters]) await client.send(new PurgeQueueCommand({ QueueUrl }));
});

afterAll(async () => {
  client.destroy();
  await emulators.close();
});

async function visibleIn(QueueUrl: string): Promise<number> {
  const AttributeNames = ["ApproximateNumberOfMessages" as const];
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
  return Number(Attributes?.ApproximateNumberOfMessages);
}

describe("redriving", () => {
  it("finds a queue's dead-letter queue, and how much is in it", async () => {
    await client.send(new SendMessageCommand({ QueueUrl: deadLetters, MessageBody: "x" }));
    expect(await findDeadLetterQueue(client, queue)).toEqual({
      name: "fixture-dev-work",
      url: queue,
      deadLetterUrl: deadLetters,
      waiting: 1,
    });
  });

  it("is an error for a queue without one", async () => {
    await expect(findDeadLetterQueue(client, deadLetters)).rejects.toThrow("has no dead-letter queue");
  });

  it("moves every message with its attributes, and says how far it is", async () => {
    for (let number = 0; number < 23; number += 1) {
      const MessageAttributes = { number: { DataType: "Number", StringValue: String(number) } };
      await client.send(
        new SendMessageCommand({ QueueUrl: deadLetters, MessageBody: `body ${number}`, MessageAttributes }),
      );
    }
    // A message counts as old when it was sent before the start, by the millisecond.
    await new Promise((resolve) => setTimeout(resolve, 5));
    const progress: number[] = [];
    const pair = await findDeadLetterQueue(client, queue);
    expect(await redrive(client, pair, (count) => progress.push(count))).toBe(23);
    expect(progress).toEqual([10, 20, 23]);
    expect([await visibleIn(deadLetters), await visibleIn(queue)]).toEqual([0, 23]);
    const receive = new ReceiveMessageCommand({ QueueUrl: queue, MessageAttributeNames: ["All"] });
    const { Messages } = await client.send(receive);
    expect(Messages?.[0]).toMatchObject({ Body: "body 0", MessageAttributes: { number: { StringValue: "0" } } });
  }, 20_000);

  it("leaves alone what was sent after its start, so that it comes to an end", async () => {
    await client.send(new SendMessageCommand({ QueueUrl: deadLetters, MessageBody: "old" }));
    await new Promise((resolve) => setTimeout(resolve, 5));
    const pair = await findDeadLetterQueue(client, queue);
    const moved = redrive(client, pair, () => {
      // Comes back at once, as a message does whose cause is not mended.
      void client.send(new SendMessageCommand({ QueueUrl: deadLetters, MessageBody: "new" }));
    });
    expect(await moved).toBe(1);
    expect([await visibleIn(deadLetters), await visibleIn(queue)]).toEqual([1, 1]);
  }, 20_000);
});
