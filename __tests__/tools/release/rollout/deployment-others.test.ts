import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { EXIT } from "../../../../tools/release/errors";
import { reportOf } from "../../../../tools/release/deploy-stack";
import { ends, hangs } from "../support/courses";
import { GOOD, NEW, PARAMETER, Scenario } from "../support/scenario";

const OTHER = "ami-07e4";

let scenario: Scenario;

beforeEach(() => {
  scenario = new Scenario("server");
  scenario.aws.images.add(OTHER);
});

afterEach(() => {
  scenario.end();
});

/** What another release does while this one looks at the groups for the n-th time. */
function meanwhile(look: number, action: () => void): void {
  scenario.aws.before("DescribeAutoScalingGroups", action, { skip: look });
}

describe("two releases at once", () => {
  it("the second is refused while the first one's instance refresh runs, with the command that would end it", async () => {
    scenario.aws.groups.change("server", NEW);
    await expect(scenario.deploy()).rejects.toThrow(
      "an instance refresh is running already: server (Pending, 0 %). Wait for it, or cancel it: " +
        "aws autoscaling cancel-instance-refresh --auto-scaling-group-name server",
    );
    expect(scenario.aws.writes).toEqual([]);
  });

  it("a plan that was made for another image than the one published now is refused", async () => {
    const plan = await scenario.world.plan();
    scenario.aws.parameters.set(PARAMETER, OTHER);
    await expect(scenario.deploy({ plan })).rejects.toThrow(
      `the plan puts server on ${NEW}, but the published image of imagery is ${OTHER} now: make, and approve, a new plan`,
    );
    expect([scenario.running(), scenario.aws.writes]).toEqual([[GOOD, GOOD], []]);
  });

  it("a plan that was made earlier, for the image still published, is the one that is applied", async () => {
    const plan = await scenario.world.plan();
    scenario.world.configuration += 1; // would be in a plan made now
    expect(await scenario.deploy({ plan })).toMatchObject({ outcome: "deployed" });
    expect((await scenario.world.plan()).changes).toBe(1);
  });

  it("another image in a group means that another release has taken over: it is left alone", async () => {
    meanwhile(4, () => {
      scenario.aws.groups.get("server").progress("Cancelled");
      scenario.aws.groups.change("server", OTHER);
    });
    expect(await scenario.deploy()).toEqual({
      outcome: "superseded",
      reason: `server: the group launches ${OTHER} now, not ${NEW}`,
      images: { imagery: NEW },
    });
    expect([scenario.published(), scenario.aws.writes]).toEqual([NEW, []]);
  });

  it("a publication by somebody else is not overwritten by a rollback", async () => {
    scenario.aws.groups.course(NEW, ends("Failed", "bad"));
    meanwhile(4, () => {
      scenario.aws.parameters.set(PARAMETER, OTHER);
    });
    expect(await scenario.deploy()).toEqual({
      outcome: "superseded",
      reason: "server: the instance refresh ended as Failed: bad",
      rollbackReason: `somebody else has published imagery ${OTHER} meanwhile`,
      images: { imagery: NEW },
    });
    expect([scenario.published(), scenario.aws.writes]).toEqual([OTHER, []]);
  });

  it("another release may take over a rollback, too", async () => {
    scenario.aws.groups.course(NEW, ends("Failed", "bad"));
    scenario.aws.before("PutParameter", () => {
      meanwhile(3, () => {
        scenario.aws.groups.get("server").progress("Cancelled");
        scenario.aws.groups.change("server", OTHER);
      });
    });
    expect(await scenario.deploy()).toMatchObject({
      outcome: "superseded",
      reason: "server: the instance refresh ended as Failed: bad",
      rollbackReason: `server: the group launches ${OTHER} now, not ${GOOD}`,
    });
    expect(scenario.aws.groups.get("server").image).toBe(OTHER);
  });

  it("a group that somebody deletes is waited for, and never taken for healthy", async () => {
    meanwhile(4, () => {
      scenario.aws.groups.delete("server");
    });
    expect(await scenario.deploy({ rollBack: false })).toMatchObject({
      outcome: "failed",
      reason: "timed out after 45 minutes, waiting for server 0/0 (there is no such group)",
    });
  });
});

describe("an image parameter that was deleted", () => {
  it("before the deployment: it is refused, with the commands that publish an image", async () => {
    scenario.aws.parameters.delete(PARAMETER);
    await expect(scenario.deploy()).rejects.toMatchObject({
      name: "RefusedError",
      message:
        `no image of imagery was ever published for dev (there is no SSM parameter ${PARAMETER}). ` +
        "Run: npm run release -- bake imagery && npm run release -- publish imagery --env dev",
    });
    expect(scenario.aws.writes).toEqual([]);
  });

  it("in the middle of one that succeeds: it has succeeded", async () => {
    meanwhile(4, () => {
      scenario.aws.parameters.delete(PARAMETER);
    });
    expect(await scenario.deploy()).toMatchObject({ outcome: "deployed" });
    expect(scenario.aws.writes).toEqual([]);
  });

  it("in the middle of one that fails: both is reported, and the exit code says that a person has to look", async () => {
    scenario.aws.groups.course(NEW, hangs);
    meanwhile(4, () => {
      scenario.aws.parameters.delete(PARAMETER);
    });
    const report = await scenario.deploy();
    expect(report).toMatchObject({
      outcome: "failed",
      reason: expect.stringMatching(/^timed out/),
      rollbackReason: expect.stringMatching(/^no image of imagery was ever published for dev/),
    });
    const stack = {
      name: "imagery",
      environment: "dev",
      region: "",
      folder: "",
      groups: [],
      alarms: [],
      open: true,
      variables: [],
    };
    const { exitCode, text } = reportOf(stack, report);
    expect([exitCode, text.split("\n")[0]]).toEqual([
      EXIT.broken,
      "imagery dev: FAILED, AND NOT ROLLED BACK: look at it now",
    ]);
    expect(scenario.aws.writes).toEqual(["CancelInstanceRefresh server"]);
  });
});
