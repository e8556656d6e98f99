import { describe, expect, it } from "@jest/globals";
import { Lines, readable } from "../../../tools/local/log";

describe("a line that a service printed", () => {
  it.each([
    ["plain text", "plain text"],
    ["{ not json", "{ not json"],
    ['{"level":30,"time":1,"pid":2,"msg":"started","port":80}', "started port=80"],
    ['{"level":"error","msg":"failed","err":{"message":"why","stack":"long"}}', 'error failed err="why"'],
    ['{"level":40,"msg":"slow","took":{"ms":3},"id":"a b"}', 'warn slow took={"ms":3} id=a b'],
  ])("%s is shown as: %s", (line, expected) => {
    expect(readable(line)).toBe(expected);
  });
});

describe("a stream of text", () => {
  it("is cut into lines wherever its chunks end", () => {
    const seen: string[] = [];
    const lines = new Lines((line) => seen.push(line));
    for (const chunk of ["on", "e\ntwo\n\nth", "ree\nrest"]) lines.push(chunk);
    expect(seen).toEqual(["one", "two", "three"]);
  });
});
