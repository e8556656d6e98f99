import { describe, expect, it } from "@jest/globals";
import { imageToPutBack, previousImage } from "../../../../tools/release/rollout/previous-image";

describe("the image to go back to", () => {
  it.each([
    ["the one last seen healthy", { published: "c", images: ["c", "b", "a"], healthy: "a" }, ["b"], "a"],
    ["what the groups run, while none was seen healthy", { published: "c", images: ["c", "b", "a"] }, ["a"], "a"],
    ["what was published before, when nothing runs", { published: "c", images: ["c", "b", "a"] }, [], "b"],
    [
      "what was published before, when it is not told what runs",
      { published: "b", images: ["b", "a"] },
      [undefined],
      "a",
    ],
    [
      "what was published before, when the published one was seen healthy",
      { published: "b", images: ["b", "a"], healthy: "b" },
      [],
      "a",
    ],
    ["an older one, when the one before is the same", { published: "b", images: ["b", "b", "a"] }, ["b"], "a"],
    ["none, when there is no other", { published: "a", images: ["a", "a"], healthy: "a" }, ["a"], undefined],
  ])("is %s", (_, history, running, expected) => {
    expect(previousImage(history, running)).toBe(expected);
  });
});

describe("the image that a failed deployment puts back", () => {
  it.each([
    ["the one last seen healthy", { published: "c", images: ["c", "b", "a"], healthy: "a" }, ["c"], "a"],
    ["what one of two groups still runs", { published: "b", images: ["b", "a"] }, ["b", "a"], "a"],
    ["what was published before, in a stack that is new", { published: "b", images: ["b", "a"] }, [], "a"],
    [
      "none, when the published one was seen healthy",
      { published: "b", images: ["b", "a"], healthy: "b" },
      ["b"],
      undefined,
    ],
    [
      "none, when all groups run the published one already",
      { published: "b", images: ["b", "a"] },
      ["b", "b"],
      undefined,
    ],
  ])("is %s", (_, history, running, expected) => {
    expect(imageToPutBack(history, running)).toBe(expected);
  });
});
