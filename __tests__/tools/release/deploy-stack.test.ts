import { describe, expect, it } from "@jest/globals";
import { reportOf } from "../../../tools/release/deploy-stack";
import type { DeploymentReport } from "../../../tools/release/rollout/deployment";

const stack = {
  name: "imagery",
  environment: "prod",
  region: "eu-west-1",
  folder: "/nowhere",
  groups: [],
  alarms: [],
  open: true,
  variables: [],
};
const images = { imagery: "ami-2" };

describe("the report of a deployment", () => {
  it.each<[DeploymentReport["outcome"], number, RegExp]>([
    ["deployed", 0, /deployed, every group is healthy$/],
    ["declined", 2, /not deployed$/],
    ["not-applied", 1, /failed before any group was changed$/],
    ["rolled-back", 1, /failed, and rolled back$/],
    ["superseded", 1, /another release has taken over; it was left alone$/],
    ["failed", 3, /FAILED, AND NOT ROLLED BACK: look at it now$/],
    ["left", 130, /left while AWS goes on; follow it with: npm run release -- status$/],
  ])("that was %s ends with exit code %i, and begins with what that means", (outcome, exitCode, words) => {
    const report = reportOf(stack, { outcome, images });
    expect(report.exitCode).toBe(exitCode);
    expect(report.text.split("\n")[0]).toMatch(words);
    expect(report.json).toEqual({ stack: "imagery", environment: "prod", outcome, images });
  });

  it("that was deployed names the image and where it answers", () => {
    const { text } = reportOf(stack, { outcome: "deployed", images, url: "http://example.test" });
    expect(text).toBe("imagery prod: deployed, every group is healthy\n  imagery: ami-2\n  http://example.test");
  });

  it("that was rolled back names what happened and what was put back", () => {
    const { text } = reportOf(stack, { outcome: "rolled-back", images, reason: "bad", restored: { imagery: "ami-1" } });
    expect(text.split("\n").slice(1)).toEqual([
      "  what happened: bad",
      "  imagery: ami-2",
      "  put back: imagery ami-1",
    ]);
  });

  it("that was not rolled back has both reasons", () => {
    const { text } = reportOf(stack, { outcome: "failed", images, reason: "bad", rollbackReason: "worse" });
    expect(text).toContain("  what happened: bad\n");
    expect(text).toContain("  not put back: worse");
  });
});
