import { describe, expect, it } from "@jest/globals";
import { PICTURE_SIZE, runLoadTest } from "../../../tools/loadtest/load-test";
import type { FleetSize, Outcome, Target } from "../../../tools/loadtest/target";

const SIZE = { min: 1, max: 2 };

/** The first bytes of a PNG file of this size. */
function pngHead(width = PICTURE_SIZE.width, height = PICTURE_SIZE.height): Buffer {
  const head = Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\0", "latin1");
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return head;
}

/** What is found at each look, the last one for ever. */
interface Look {
  readonly done: readonly string[];
  readonly fleet: Omit<FleetSize, "min" | "max">;
}

function scripted(looks: readonly Look[], head: (id: string) => Buffer = () => pngHead()): Target {
  let count = -1;
  const now = (): Look => looks[Math.min(count, looks.length - 1)] ?? { done: [], fleet: { desired: 1, inService: 1 } };
  return {
    timeFactor: 30,
    backlog: () => {
      count += 1; // the first question of every look
      return Promise.resolve({ visible: 3 - now().done.length, inFlight: 0 });
    },
    fleet: () => Promise.resolve({ ...SIZE, ...now().fleet }),
    outcomes: () => {
      const found = new Map<string, Outcome>(now().done.map((id) => [id, { kind: "picture", at: Date.now() }]));
      found.set("somebody-else", { kind: "failure", at: 1 });
      return Promise.resolve(found);
    },
    head: (id) => Promise.resolve(head(id)),
  };
}

const small = { desired: 1, inService: 1 };
const send = () => Promise.resolve(["a", "b"]);

describe("a load test", () => {
  it("ends when every message has come to an end and the fleet is small again", async () => {
    const target = scripted([
      { done: [], fleet: small },
      { done: ["a"], fleet: { desired: 2, inService: 2 } },
      { done: ["a", "b"], fleet: { desired: 2, inService: 2 } },
      { done: ["a", "b"], fleet: small },
    ]);
    const { samples, outcomes, gaveUp } = await runLoadTest({ target, send, timeout: 60 });
    expect(samples.map(({ fleet }) => fleet.inService)).toEqual([1, 2, 2, 1]);
    expect([...outcomes.keys()]).toEqual(["a", "b"]);
    expect(gaveUp).toBeUndefined();
  });

  it("when messages are lost, gives up in the end and says so", async () => {
    const target = scripted([{ done: ["a"], fleet: small }]);
    const { gaveUp, outcomes } = await runLoadTest({ target, send, timeout: 0.001 });
    expect(gaveUp).toBe("timeout");
    expect([...outcomes.keys()]).toEqual(["a"]);
  });

  it("when it is interrupted, ends at once with what it has seen", async () => {
    const stopping = new AbortController();
    const target = scripted([{ done: ["a"], fleet: small }]);
    const test = runLoadTest({
      target,
      send,
      timeout: 60,
      signal: stopping.signal,
      onSample: () => {
        stopping.abort();
      },
    });
    expect(await test).toMatchObject({ gaveUp: "interrupted", ids: ["a", "b"] });
  });

  it.each([
    ["of another size", pngHead(800, 600)],
    ["that is empty", Buffer.alloc(0)],
    ["that is no PNG", Buffer.from("<html>an error page</html>")],
  ])("finds a picture %s", async (_, wrong) => {
    const target = scripted([{ done: ["a", "b"], fleet: small }], (id) => (id === "b" ? wrong : pngHead()));
    const { wrongPictures } = await runLoadTest({ target, send, timeout: 60 });
    expect(wrongPictures).toEqual(["b"]);
  });
});
