import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Decision } from "../../../../tools/release/rollout/watch";
import { hangs } from "../support/courses";
import { GOOD, NEW, PARAMETER, Scenario } from "../support/scenario";

let scenario: Scenario;

beforeEach(() => {
  scenario = new Scenario("server");
});

afterEach(() => {
  scenario.end();
});

/** Ctrl-C at the n-th look at the groups. */
function pressed(look: number, ...decisions: readonly Decision[]): void {
  scenario.aws.before(
    "DescribeAutoScalingGroups",
    () => {
      scenario.interruption.press(...decisions);
    },
    { skip: look },
  );
}

describe("Ctrl-C while instances are being replaced", () => {
  it("answered with cancel: the refresh is cancelled and the old image put back", async () => {
    pressed(4, "cancel");
    expect(await scenario.deploy()).toMatchObject({
      outcome: "rolled-back",
      reason: "cancelled by the one who watched",
      restored: { imagery: GOOD },
    });
    expect(scenario.running()).toEqual([GOOD, GOOD]);
    expect(scenario.aws.writes.slice(0, 2)).toEqual([
      "CancelInstanceRefresh server",
      `PutParameter ${PARAMETER} ${GOOD}`,
    ]);
  });

  it("answered with keep watching: the deployment goes on to its end", async () => {
    pressed(4, "watch");
    expect(await scenario.deploy()).toMatchObject({ outcome: "deployed" });
    expect(scenario.interruption.decisions).toEqual([]);
  });

  it("is asked again when it is pressed again", async () => {
    scenario.aws.groups.course(NEW, hangs);
    pressed(4, "watch");
    pressed(7, "leave");
    expect(await scenario.deploy()).toMatchObject({ outcome: "left" });
  });

  it("answered with leave: AWS goes on, nothing is cancelled, published or marked", async () => {
    pressed(4, "leave");
    expect(await scenario.deploy()).toEqual({
      outcome: "left",
      reason: "left while instances were being replaced",
      images: { imagery: NEW },
    });
    expect(scenario.aws.writes).toEqual([]);
    expect(scenario.aws.groups.get("server").refresh?.Status).toBe("InProgress");
  });

  it("pressed while Terraform applies: the question comes when that is done", async () => {
    scenario.world.beforeChange = () => {
      scenario.interruption.press("leave");
    };
    expect(await scenario.deploy()).toMatchObject({ outcome: "left" });
    expect(scenario.aws.groups.get("server").image).toBe(NEW);
  });

  it("cuts a pause between two looks short", async () => {
    const press = () =>
      setImmediate(() => {
        scenario.interruption.press("leave");
      });
    scenario.aws.before("DescribeAutoScalingGroups", press, { skip: 2 });
    expect(await scenario.deploy({ pollMs: 2 ** 30 })).toMatchObject({ outcome: "left" });
  });

  it("while a rollback is watched: that is left, too, and reported", async () => {
    scenario.aws.groups.course(NEW, hangs);
    pressed(4, "cancel");
    scenario.aws.before("PutParameter", () => {
      pressed(3, "leave");
    });
    expect(await scenario.deploy()).toMatchObject({
      outcome: "left",
      reason: "cancelled by the one who watched",
      rollbackReason: "left while instances were being replaced",
    });
    expect(scenario.published()).toBe(GOOD);
  });
});
