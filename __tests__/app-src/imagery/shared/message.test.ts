import { describe, expect, it } from "@jest/globals";
import { formatMessage, parseMessage } from "../../../../app-src/imagery/shared/message";

const imageId = "0b9b38cf-6d0c-4dd2-9d8e-5cf4a3a4c1f0";

describe("the work message", () => {
  it("is the JSON that both services agree on", () => {
    expect(JSON.parse(formatMessage(imageId))).toEqual({ imageId, desiredState: "processed" });
  });

  it("when written and read, is the same", () => {
    expect(parseMessage(formatMessage(imageId))).toEqual({ imageId, desiredState: "processed" });
  });

  it.each([
    ["no body", undefined],
    ["an empty body", ""],
    ["text that is not JSON", "{"],
    ["an id that is not a UUID", '{"imageId":"1","desiredState":"processed"}'],
    ["no id", '{"desiredState":"processed"}'],
    ["an unknown state", JSON.stringify({ imageId, desiredState: "polished" })],
    ["null", "null"],
  ])("when the queue holds %s, is nothing", (_name, body) => {
    expect(parseMessage(body)).toBeUndefined();
  });
});
