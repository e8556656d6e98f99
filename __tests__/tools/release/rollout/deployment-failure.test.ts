import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { ends, hangs, launchesFail } from "../support/courses";
import { GOOD, NEW, PARAMETER, Scenario } from "../support/scenario";

let scenario: Scenario;

beforeEach(() => {
  scenario = new Scenario("server");
});

afterEach(() => {
  scenario.end();
});

/** Deploys, and expects that GOOD is back in the parameter and on every instance. */
async function expectRollback(reason: string | RegExp): Promise<void> {
  expect(await scenario.deploy()).toEqual({
    outcome: "rolled-back",
    reason: expect.stringMatching(reason),
    restored: { imagery: GOOD },
    images: { imagery: NEW },
  });
  expect([scenario.published(), scenario.running()]).toEqual([GOOD, [GOOD, GOOD]]);
}

describe("a deployment is rolled back to the image that was last seen healthy", () => {
  it("when the refresh fails, with AWS's reason", async () => {
    scenario.aws.groups.course(NEW, ends("Failed", "Instance i-1 failed health checks"));
    await expectRollback(/^server: the instance refresh ended as Failed: Instance i-1 failed health checks$/);
  });

  it("when somebody cancels the refresh", async () => {
    scenario.aws.groups.course(NEW, ends("Cancelled"));
    await expectRollback(/^server: the instance refresh ended as Cancelled$/);
  });

  it("when AWS has rolled the refresh back by itself", async () => {
    scenario.aws.groups.course(NEW, ends("RollbackSuccessful", "An alarm went off"));
    await expectRollback(/^server: the instance refresh ended as RollbackSuccessful: An alarm went off$/);
  });

  it("when the refresh hangs: after the time-out it is cancelled, and its end awaited, first", async () => {
    scenario.aws.groups.course(NEW, hangs);
    await expectRollback(/^timed out after 45 minutes, waiting for server 0\/2 \(Waiting for remaining instances/);
    expect(scenario.aws.writes).toEqual([
      "CancelInstanceRefresh server",
      `PutParameter ${PARAMETER} ${GOOD}`,
      `LabelParameterVersion ${PARAMETER} 3`,
    ]);
    expect(scenario.said).toContain("cancelling the refresh of server");
  });

  it.each(["Failed", "Cancelled"] as const)(
    "when launches end as %s three times, although AWS would go on",
    async (code) => {
      scenario.aws.groups.course(NEW, launchesFail("Lifecycle action was abandoned", code));
      await expectRollback(/^server: 3 launches failed, the last one: Lifecycle action was abandoned$/);
      expect(scenario.said).toContain(
        "  server: 0 %, 0 of 2 new in service, 2 old (a launch failed: Lifecycle action was abandoned)",
      );
      expect(scenario.aws.writes[0]).toBe("CancelInstanceRefresh server");
    },
  );

  it("when the stack's URL does not answer, although every instance is healthy", async () => {
    scenario.world.deaf.add(NEW);
    await expectRollback(/^http:\/\/example\.test does not answer: status 503/);
  });

  it("when an alarm rings that did not ring before; one that did does not count", async () => {
    scenario.aws.ringing.add("queue-age");
    scenario.aws.before("DescribeAutoScalingGroups", () => scenario.aws.ringing.add("web-5xx"), { skip: 5 });
    await expectRollback(/^alarm web-5xx$/);
  });

  it("with both groups, when only one of them fails", async () => {
    scenario.end();
    scenario = new Scenario("server", "worker");
    scenario.aws.before(
      "DescribeAutoScalingGroups",
      () => {
        scenario.aws.groups.get("worker").progress("Failed", 0, "bad");
      },
      {
        skip: 8,
      },
    );
    await expectRollback(/^worker: the instance refresh ended as Failed: bad$/);
    expect(scenario.running("worker")).toEqual([GOOD, GOOD]);
  });

  it("not to a bad image that was published in between", async () => {
    scenario.aws.images.add("ami-bad1");
    scenario.aws.parameters.set(PARAMETER, "ami-bad1", NEW);
    scenario.aws.groups.course(NEW, ends("Failed"));
    await expectRollback(/Failed/);
  });

  it("not to a bad image on which the groups were left by a failed deployment", async () => {
    scenario.aws.groups.inService("server", "ami-bad1");
    scenario.aws.groups.course(NEW, ends("Failed"));
    await expectRollback(/Failed/);
  });

  it("and that image is marked as healthy again, with why in its history", async () => {
    scenario.aws.groups.course(NEW, ends("Failed", "bad"));
    await expectRollback(/Failed/);
    expect(scenario.healthy()).toEqual([GOOD]);
    expect(scenario.aws.parameters.descriptions(PARAMETER)[0]).toMatch(
      /^imagery version-of-ami-600d published by .*user\/somebody.*, taking back ami-4e30: rolled back: server: the instance refresh ended as Failed: bad$/,
    );
  });
});

describe("a deployment that fails is left as it is", () => {
  it("when there never was another image: nothing to go back to", async () => {
    scenario.end();
    scenario = new Scenario();
    scenario.aws.parameters.delete(PARAMETER);
    scenario.aws.parameters.set(PARAMETER, NEW);
    scenario.aws.groups.course(NEW, launchesFail("no capacity"));
    expect(await scenario.deploy()).toEqual({
      outcome: "failed",
      reason: "server: 3 launches failed, the last one: no capacity",
      rollbackReason: "there is no other image to put back: mend the stack or the image, and deploy again",
      images: { imagery: NEW },
    });
    expect([scenario.published(), scenario.aws.writes]).toEqual([NEW, []]);
  });

  it("when rolling back was not asked for: nothing is cancelled, nothing published", async () => {
    scenario.aws.groups.course(NEW, hangs);
    expect(await scenario.deploy({ rollBack: false })).toMatchObject({
      outcome: "failed",
      rollbackReason: "rolling back was not asked for",
    });
    expect([scenario.published(), scenario.aws.writes]).toEqual([NEW, []]);
  });
});

describe("a change of other settings than the image that fails", () => {
  const outcome = {
    outcome: "failed",
    reason: "server: the instance refresh ended as Failed: unhealthy",
    rollbackReason: "there is no other image to put back: mend the stack or the image, and deploy again",
  };

  beforeEach(async () => {
    await scenario.deploy();
    scenario.aws.writes.length = 0;
    scenario.world.configuration += 1;
    scenario.aws.groups.course(NEW, ends("Failed", "unhealthy"));
  });

  it("cannot be mended by an older image: none is published", async () => {
    expect(await scenario.deploy()).toMatchObject(outcome);
    expect([scenario.published(), scenario.aws.writes]).toEqual([NEW, []]);
  });

  it("neither where no deployment was marked as healthy yet, but the groups run the image", async () => {
    scenario.aws.parameters.delete(PARAMETER);
    scenario.aws.parameters.set(PARAMETER, GOOD, NEW);
    expect(await scenario.deploy()).toMatchObject(outcome);
    expect([scenario.published(), scenario.aws.writes]).toEqual([NEW, []]);
  });
});
