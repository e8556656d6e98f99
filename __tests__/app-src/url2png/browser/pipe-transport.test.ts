import { PassThrough } from "node:stream";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { PipeTransport } from "../../../../app-src/url2png/browser/pipe-transport";

describe("messages over a pipe", () => {
  let [commands, messages] = [new PassThrough(), new PassThrough()];
  let transport: PipeTransport;
  let received: string[];

  beforeEach(() => {
    [commands, messages] = [new PassThrough(), new PassThrough()];
    transport = new PipeTransport(commands, messages);
    received = [];
    transport.onmessage = (message) => received.push(message);
  });

  it("are ended by a zero byte", () => {
    transport.send('{"id":1}');
    expect(commands.read()).toEqual(Buffer.from('{"id":1}\0'));
  });

  it.each([
    ["alone", ["one\0"], ["one"]],
    ["together", ["one\0two\0"], ["one", "two"]],
    ["in pieces", ["o", "n", "e\0tw", "o\0three"], ["one", "two"]],
  ])("arrive whole when they come %s", async (_how, chunks, expected) => {
    for (const chunk of chunks) messages.write(chunk);
    await new Promise(setImmediate);
    expect(received).toEqual(expected);
  });

  it("arrive whole when a letter is cut in two", async () => {
    const bytes = Buffer.from("é\0");
    messages.write(bytes.subarray(0, 1));
    messages.write(bytes.subarray(1));
    await new Promise(setImmediate);
    expect(received).toEqual(["é"]);
  });

  it("end with the pipe, which is heard by who fails what is under way first", async () => {
    const heard: string[] = [];
    transport.onclose = () => heard.push("puppeteer");
    transport.onend = () => heard.push("browser");
    messages.destroy(new Error("broken"));
    await new Promise(setImmediate);
    expect(heard).toEqual(["browser", "puppeteer"]);
  });
});
