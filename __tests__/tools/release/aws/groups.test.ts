import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { AwsGroups } from "../../../../tools/release/aws/groups";
import { awsError } from "../support/answers";
import { ScriptedAws } from "../support/scripted-aws";

let aws: ScriptedAws;

beforeEach(() => {
  aws = new ScriptedAws();
});

afterEach(() => {
  aws.restore();
});

function groups(...names: readonly string[]): AwsGroups {
  return new AwsGroups(aws.clients, names);
}

describe("the Auto Scaling groups of a stack", () => {
  it("are described over all pages, without those that do not exist yet", async () => {
    aws.groups.inService("server", "ami-1");
    aws.groups.inService("worker", "ami-2", 1);
    const states = await groups("server", "missing", "worker").describe();
    expect(states.map(({ name, image, desired, refresh }) => [name, image, desired, refresh])).toEqual([
      ["server", "ami-1", 2, undefined],
      ["worker", "ami-2", 1, undefined],
    ]);
  });

  it("are none for a stack without groups: AWS is not asked, it would show all of the account", async () => {
    expect(await groups().describe()).toEqual([]);
    expect(aws.calls("DescribeAutoScalingGroups")).toBe(0);
  });

  it("have instances that are current, or not, by the launch template's version, and ready, or not", async () => {
    const group = aws.groups.inService("server", "ami-1", 1);
    group.images.push("ami-2");
    group.launch("InService");
    group.launch("Pending:Wait");
    Object.assign(group.launch("InService"), { HealthStatus: "Unhealthy" });
    const [state] = await groups("server").describe();
    expect(state?.instances.map(({ current, ready }) => [current, ready])).toEqual([
      [false, true],
      [true, true],
      [true, false],
      [true, false],
    ]);
    expect(state?.image).toBe("ami-2");
  });

  it("show their newest refresh", async () => {
    const group = aws.groups.inService("server", "ami-1");
    group.startRefresh();
    group.progress("Failed", 10, "bad");
    group.startRefresh();
    group.progress("InProgress", 50, "warming up");
    const [state] = await groups("server").describe();
    expect(state?.refresh).toMatchObject({ status: "InProgress", percentage: 50, reason: "warming up" });
  });

  it("show launches that failed or were abandoned, and nothing else that failed", async () => {
    const group = aws.groups.inService("server", "ami-1");
    group.failLaunch("no capacity");
    group.failLaunch("abandoned", "Cancelled");
    const [launch] = group.activities;
    if (launch) {
      group.activities.push({ ...launch, ActivityId: "other", Description: "Terminating EC2 instance" });
      group.activities.push({ ...launch, ActivityId: "good", StatusCode: "Successful" });
    }
    const [state] = await groups("server").describe();
    expect(state?.failedLaunches.map(({ reason }) => reason)).toEqual(["abandoned", "no capacity"]);
  });

  it("are asked once for the image of a launch template's version, which never changes", async () => {
    aws.groups.inService("server", "ami-1");
    const stack = groups("server");
    await stack.describe();
    await stack.describe();
    expect(aws.calls("DescribeLaunchTemplateVersions")).toBe(1);
  });
});

describe("cancelling a refresh", () => {
  it("ends quietly when there is none to cancel", async () => {
    aws.groups.inService("server", "ami-1");
    await expect(groups("server").cancelRefresh("server")).resolves.toBeUndefined();
  });

  it("passes on every other error", async () => {
    aws.groups.inService("server", "ami-1").startRefresh();
    aws.fails("CancelInstanceRefresh", awsError("AccessDenied", "not authorized"));
    await expect(groups("server").cancelRefresh("server")).rejects.toThrow("not authorized");
  });
});
