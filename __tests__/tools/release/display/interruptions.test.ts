import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { Interruptions } from "../../../../tools/release/display/interruptions";
import { interruptible } from "../../../../tools/release/display/interruptible";
import { eventually } from "../../../support/eventually";
import { Terminal } from "../support/terminal";

/** The clock, in milliseconds: it stands, and signals that are close together count as one. */
let clock: number;
let terminal: Terminal;
let input: PassThrough;
let paused: number;
const open: Interruptions[] = [];

beforeEach(() => {
  clock = 1_000_000;
  jest.spyOn(Date, "now").mockImplementation(() => clock);
  terminal = new Terminal();
  input = new PassThrough();
  paused = 0;
});

afterEach(() => {
  for (const interruptions of open.splice(0)) interruptions.close();
  jest.restoreAllMocks();
});

function listen(interactive = true): Interruptions {
  const pause = (): Promise<void> => {
    paused += 1;
    return Promise.resolve();
  };
  const interruptions = new Interruptions({ interactive, input, output: terminal, pause });
  open.push(interruptions);
  return interruptions;
}

/** A signal, some seconds after the one before. It reaches the listeners of this test's own `process` alone. */
function send(signal: NodeJS.Signals = "SIGINT", later = 5_000): void {
  clock += later;
  process.emit(signal);
}

describe("an interruption", () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("by %s is noted, said, and ends nothing by itself", (signal) => {
    const interruptions = listen();
    expect(interruptions.signal.aborted).toBe(false);
    send(signal);
    expect([interruptions.signal.aborted, interruptions.urgent.aborted]).toEqual([true, false]);
  });

  it("says what happens next", async () => {
    listen();
    send();
    await eventually("the hint", () => terminal.written.includes("once more interrupts Terraform"));
  });

  it("that is repeated before it was answered is urgent", () => {
    const interruptions = listen();
    send();
    send();
    expect(interruptions.urgent.aborted).toBe(true);
  });

  it("that npm and the terminal deliver at the same time is one", () => {
    const interruptions = listen();
    send();
    send("SIGINT", 10);
    expect(interruptions.urgent.aborted).toBe(false);
  });

  it("after the end is none of its business", () => {
    const interruptions = listen();
    interruptions.close();
    send();
    expect(interruptions.signal.aborted).toBe(false);
  });
});

describe("the question after an interruption", () => {
  it.each([
    ["c", "cancel"],
    ["Cancel it", "cancel"],
    ["k", "watch"],
    ["leave", "leave"],
  ])("answered with %s means %s", async (typed, decision) => {
    const interruptions = listen();
    send();
    const asked = interruptions.ask();
    input.write(`${typed}\n`);
    expect(await asked).toBe(decision);
    expect(paused).toBe(1);
  });

  it("is asked until the answer is one of those", async () => {
    const interruptions = listen();
    send();
    const asked = interruptions.ask();
    const questions = (count: number) =>
      eventually(`question ${count}`, () => terminal.written.split("[c]ancel and roll back").length === count + 1);
    await questions(1);
    input.write("what?\n");
    await questions(2);
    input.write("k\n");
    expect(await asked).toBe("watch");
  });

  it("that gets no answer, because the input ends, means leave", async () => {
    const interruptions = listen();
    send();
    const asked = interruptions.ask();
    input.end();
    expect(await asked).toBe("leave");
  });

  it("is not asked where nobody is: that means leave", async () => {
    const interruptions = listen(false);
    send();
    expect(await interruptions.ask()).toBe("leave");
    expect(terminal.written).not.toContain("[c]ancel");
  });

  it("once it is answered, the next interruption is a first one again", async () => {
    const interruptions = listen();
    send();
    const asked = interruptions.ask();
    input.write("k\n");
    await asked;
    expect(interruptions.signal.aborted).toBe(false);
    send();
    expect([interruptions.signal.aborted, interruptions.urgent.aborted]).toEqual([true, false]);
  });
});

describe("work that may be interrupted", () => {
  it("returns what it returns, and leaves no listener behind", async () => {
    const before = process.listenerCount("SIGINT");
    expect(await interruptible(() => Promise.resolve(42))).toBe(42);
    expect(process.listenerCount("SIGINT")).toBe(before);
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "is asked to end by %s, and then nothing was changed",
    async (signal) => {
      const work = (asked: AbortSignal) =>
        new Promise((_, reject) => {
          asked.addEventListener("abort", () => {
            reject(new Error("packer build failed"));
          });
        });
      const result = interruptible(work);
      send(signal);
      await expect(result).rejects.toMatchObject({
        name: "InterruptedError",
        message: "interrupted; nothing was changed",
      });
    },
  );

  it("that fails by itself is that error", async () => {
    await expect(interruptible(() => Promise.reject(new Error("no disk")))).rejects.toThrow("no disk");
  });
});
