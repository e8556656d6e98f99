import { describe, expect, it } from "@jest/globals";
import { type Fault, Faults, parseFault } from "../../../../tools/local/gateway/faults";
import type { Operation } from "../../../../tools/local/gateway/requests";

const send: Operation = { service: "sqs", name: "SendMessage", accesses: [] };

describe("faults", () => {
  it("by chance hit the same calls in every run with the same seed, and others with another", () => {
    const run = (seed: number): boolean[] => {
      const faults = new Faults(seed);
      faults.add({ kind: "throttle", probability: 0.3 });
      return Array.from({ length: 200 }, () => faults.hit(send, "server").length > 0);
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
    const hits = run(1).filter(Boolean).length;
    expect(hits).toBeGreaterThan(30);
    expect(hits).toBeLessThan(90);
  });

  it("end after the number of hits that they were given", () => {
    const faults = new Faults();
    const fault = faults.add({ kind: "hold", times: 1 });
    expect([faults.hit(send, "a").length, faults.hit(send, "a").length, fault.hits]).toEqual([1, 0, 1]);
  });

  it.each<[Partial<Fault>, string]>([
    [{ probability: 1.5 }, "a fault's probability is 0..1, got 1.5"],
    [{ times: 0 }, "a fault's times is a whole number from 1, got 0"],
  ])("are refused with %j", (part, message) => {
    expect(() => new Faults().add({ kind: "error", ...part })).toThrow(message);
  });
});

describe("a fault on the command line", () => {
  it("is a kind with its settings", () => {
    expect(parseFault("drop")).toEqual({ kind: "drop" });
    expect(
      parseFault("latency,service=s3,operation=GetObject,caller=worker,delayMs=5,times=2,probability=0.5"),
    ).toEqual({
      kind: "latency",
      service: "s3",
      operation: "GetObject",
      caller: "worker",
      delayMs: 5,
      times: 2,
      probability: 0.5,
    });
  });

  it.each([
    ["", "a fault is one of latency, throttle, error, drop, drop-answer, hold"],
    ["slow", 'got "slow"'],
    ["drop,service=sns", "a fault's service is one of dynamodb, s3, sqs"],
    ["drop,often=1", "a fault's settings are service, operation,"],
    ["drop,times=x", 'got "times=x"'],
    ["drop,probability=2", "probability is 0..1"],
  ])("is refused: %j", (text, message) => {
    expect(() => parseFault(text)).toThrow(message);
  });
});
