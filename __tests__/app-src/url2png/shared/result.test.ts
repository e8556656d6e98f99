import { describe, expect, it } from "@jest/globals";
import {
  failureKey,
  formatFailure,
  parseFailure,
  pictureKey,
  type Failure,
} from "../../../../app-src/url2png/shared/result";

const id = "0b9b38cf-6d0c-4dd2-9d8e-5cf4a3a4c1f0";

describe("the result of a message", () => {
  it("has the message's id as its key", () => {
    expect([pictureKey(id), failureKey(id)]).toEqual([`${id}.png`, `${id}.json`]);
  });

  it("as a failure, when written and read, is the same", () => {
    const failure: Failure = {
      id,
      url: "http://10.0.0.1/",
      reason: "address-not-allowed",
      message: "10.0.0.1 is not on the public internet.",
      failedAt: "2026-11-26T14:00:00.000Z",
    };
    expect(parseFailure(formatFailure(failure))).toEqual(failure);
  });

  it.each(["", "{}", "null"])("as a failure of %j, is an error", (text) => {
    expect(() => parseFailure(text)).toThrow();
  });
});
