import { PassThrough } from "node:stream";
import { expect, describe, it } from "@jest/globals";
import { question } from "../../../../tools/release/display/question";
import { eventually } from "../../../support/eventually";
import { Terminal } from "../support/terminal";

describe("a question in the terminal", () => {
  it.each([
    ["an answer, without blanks around it", " yes \n", "yes"],
    ["an empty answer", "\n", ""],
    ["Ctrl-C: no answer", "\u0003", undefined],
    ["Ctrl-D: no answer", "\u0004", undefined],
  ])("gets %s", async (_, typed, expected) => {
    const terminal = new Terminal();
    const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
    const answer = question("Apply? ", { input, output: terminal });
    await eventually("the question", () => terminal.written.includes("Apply? "));
    input.write(typed);
    expect(await answer).toBe(expected);
  });

  it("gets no answer when the input ends", async () => {
    const input = new PassThrough();
    const answer = question("Apply? ", { input, output: new PassThrough() });
    input.end();
    expect(await answer).toBeUndefined();
  });
});
