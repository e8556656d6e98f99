import { describe, expect, it } from "@jest/globals";
import { formatMessage, parseMessage } from "../../../../app-src/url2png/shared/message";

const id = "0b9b38cf-6d0c-4dd2-9d8e-5cf4a3a4c1f0";
const url = "https://example.org/?q=1&r=ü";

describe("the message of url2png", () => {
  it("is the JSON that producer and worker agree on", () => {
    expect(JSON.parse(formatMessage({ id, url }))).toEqual({ id, url });
  });

  it("when written and read, is the same", () => {
    expect(parseMessage(formatMessage({ id, url }))).toEqual({ id, url });
  });

  it("when its URL is none, is a message still: its failure can be told", () => {
    expect(parseMessage(JSON.stringify({ id, url: "" }))).toEqual({ id, url: "" });
  });

  it.each([
    ["no body", undefined],
    ["an empty body", ""],
    ["text that is not JSON", "https://example.org/"],
    ["no URL", JSON.stringify({ id })],
    ["a URL that is no text", JSON.stringify({ id, url: 1 })],
    ["no id", JSON.stringify({ url })],
    ["an id that is no UUID", JSON.stringify({ id: "1", url })],
    ["an id that would be another key", JSON.stringify({ id: `../${id}`, url })],
    ["null", "null"],
  ])("when the queue holds %s, is nothing", (_, body) => {
    expect(parseMessage(body)).toBeUndefined();
  });
});
