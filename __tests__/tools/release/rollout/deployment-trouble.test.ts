import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { awsError } from "../support/answers";
import { ends, hangs } from "../support/courses";
import { GOOD, NEW, PARAMETER, Scenario } from "../support/scenario";

let scenario: Scenario;

beforeEach(() => {
  scenario = new Scenario("server");
});

afterEach(() => {
  scenario.end();
});

const throttled = awsError("ThrottlingException", "Rate exceeded");
const dropped = Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });

describe("AWS that does not answer while a deployment is watched", () => {
  it.each([
    ["DescribeAutoScalingGroups", throttled],
    ["DescribeInstanceRefreshes", throttled],
    ["DescribeScalingActivities", dropped],
    ["DescribeAlarms", dropped],
  ])("%s fails nine times in a row: it is said, and survived", async (command, error) => {
    scenario.aws.fails(command, error, { skip: 4, times: 9 });
    expect(await scenario.deploy()).toMatchObject({ outcome: "deployed" });
    const warnings = scenario.said.filter((line) => line.startsWith("warning"));
    expect(warnings).toEqual(
      Array<string>(9).fill(`warning: could not look at the groups, trying again: ${error.message}`),
    );
  });

  it("fails often, but never ten times in a row: it is survived", async () => {
    for (const skip of [4, 6]) scenario.aws.fails("DescribeAutoScalingGroups", throttled, { skip, times: 9 });
    expect(await scenario.deploy()).toMatchObject({ outcome: "deployed" });
  });

  it("ten times in a row, and again when the rollback begins: the report says so, and that nothing is put back", async () => {
    scenario.aws.fails("DescribeAutoScalingGroups", throttled, { skip: 4, times: 1000 });
    expect(await scenario.deploy()).toEqual({
      outcome: "failed",
      reason: "Rate exceeded",
      rollbackReason: "Rate exceeded",
      images: { imagery: NEW },
    });
    expect([scenario.published(), scenario.aws.writes]).toEqual([NEW, []]);
  });

  it("ten times in a row, but then again: what runs is cancelled and rolled back", async () => {
    scenario.aws.fails("DescribeAutoScalingGroups", throttled, { skip: 4, times: 10 });
    expect(await scenario.deploy()).toMatchObject({ outcome: "rolled-back", reason: "Rate exceeded" });
    expect(scenario.running()).toEqual([GOOD, GOOD]);
  });

  it("before anything was changed: the deployment has not begun", async () => {
    scenario.aws.fails("DescribeAutoScalingGroups", awsError("AccessDenied", "not authorized"));
    await expect(scenario.deploy()).rejects.toThrow("not authorized");
    expect(scenario.running()).toEqual([GOOD, GOOD]);
  });
});

describe("a plan that cannot be applied", () => {
  const failure = new Error("terraform apply failed (exit code 1):\nError: quota exceeded");
  const reason = `the plan could not be applied: ${failure.message}`;

  it("and has changed no group: nothing is rolled back, the published image stays", async () => {
    scenario.world.beforeChange = () => {
      throw failure;
    };
    expect(await scenario.deploy()).toEqual({ outcome: "not-applied", reason, images: { imagery: NEW } });
    expect([scenario.published(), scenario.running(), scenario.aws.writes]).toEqual([NEW, [GOOD, GOOD], []]);
  });

  it("in a stack's first deployment, before there is a group: nothing is rolled back either", async () => {
    scenario.end();
    scenario = new Scenario();
    scenario.world.beforeChange = () => {
      throw failure;
    };
    expect(await scenario.deploy()).toMatchObject({ outcome: "not-applied", reason });
  });

  it("after it has changed the first of two groups: that group is rolled back", async () => {
    scenario.end();
    scenario = new Scenario("server", "worker");
    let changes = 0;
    scenario.world.beforeChange = (group) => {
      changes += 1;
      if (group === "worker" && changes === 2) throw failure;
    };
    expect(await scenario.deploy()).toMatchObject({ outcome: "rolled-back", reason, restored: { imagery: GOOD } });
    expect([scenario.running("server"), scenario.running("worker")]).toEqual([
      [GOOD, GOOD],
      [GOOD, GOOD],
    ]);
    expect(scenario.aws.writes[0]).toBe("CancelInstanceRefresh server");
  });

  it("and AWS does not show afterwards what was changed: it is rolled back, as if something was", async () => {
    scenario.world.beforeChange = () => {
      scenario.aws.fails("DescribeAutoScalingGroups", dropped);
      throw failure;
    };
    expect(await scenario.deploy()).toMatchObject({ outcome: "rolled-back", reason, restored: { imagery: GOOD } });
    expect(scenario.said).toContain("warning: could not look at the groups: socket hang up");
  });
});

describe("a rollback that does not succeed either is reported with both reasons", () => {
  const reason = "server: the instance refresh ended as Failed: bad";

  beforeEach(() => {
    scenario.aws.groups.course(NEW, ends("Failed", "bad"));
  });

  it("when the old image fails as well", async () => {
    scenario.aws.groups.course(GOOD, ends("Failed", "worse"));
    const rollbackReason = "server: the instance refresh ended as Failed: worse";
    expect(await scenario.deploy()).toEqual({ outcome: "failed", reason, rollbackReason, images: { imagery: NEW } });
    expect(scenario.published()).toBe(GOOD);
  });

  it("when the old image was deleted", async () => {
    scenario.aws.images.remove(GOOD);
    expect(await scenario.deploy()).toMatchObject({
      outcome: "failed",
      reason,
      rollbackReason: `there is no image ${GOOD} that this account may use in this region`,
    });
    expect(scenario.published()).toBe(NEW);
  });

  it("when Terraform cannot apply it", async () => {
    scenario.aws.before("PutParameter", () => {
      scenario.world.beforeChange = () => {
        throw new Error("the state is locked");
      };
    });
    expect(await scenario.deploy()).toMatchObject({
      outcome: "failed",
      reason,
      rollbackReason: "the plan could not be applied: the state is locked",
    });
  });

  it("when its publication is not allowed", async () => {
    scenario.aws.fails("PutParameter", awsError("AccessDeniedException", "not authorized to put"));
    expect(await scenario.deploy()).toMatchObject({
      outcome: "failed",
      reason,
      rollbackReason: "not authorized to put",
    });
  });

  it("when AWS does not end the running refresh: nothing is published then", async () => {
    scenario.aws.groups.course(NEW, hangs);
    scenario.aws.groups.get("server").cancellable = false;
    expect(await scenario.deploy()).toMatchObject({
      outcome: "failed",
      reason: expect.stringMatching(/^timed out/),
      rollbackReason: "the refresh of server could not be cancelled",
    });
    expect(scenario.aws.writes).toEqual(["CancelInstanceRefresh server"]);
  });
});

describe("a refresh that ends by itself when it is about to be cancelled", () => {
  it("is no failure of the rollback", async () => {
    scenario.aws.groups.course(NEW, hangs);
    scenario.aws.before("CancelInstanceRefresh", () => {
      scenario.aws.groups.get("server").progress("Failed", 0, "an hour is over");
    });
    expect(await scenario.deploy()).toMatchObject({ outcome: "rolled-back" });
    expect(scenario.aws.writes).toContain(`PutParameter ${PARAMETER} ${GOOD}`);
  });
});
