import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { stacksThatStand } from "../../../tools/release/deployed-stacks";
import type { StackFacts } from "../../../tools/release/terraform/stack-facts";

const autoScaling = new AutoScalingClient({ region: "eu-west-1" });
const aws = mockClient(autoScaling);
const wordpress = ["wordpress", "wordpress-schedule", "wordpress-loadtest"].map((name): StackFacts => ({
  name,
  environment: "dev",
  region: "eu-west-1",
  folder: "",
  groups: [{ name: `${name}-dev-server`, template: "aws_launch_template.x", application: "wordpress" }],
  alarms: [],
  open: true,
  variables: ["admin_password"],
}));

beforeEach(() => {
  aws.reset();
});

describe("the stacks that a rollback deploys", () => {
  it("are those that have a group, of all that would run the application", async () => {
    aws
      .on(DescribeAutoScalingGroupsCommand, {
        AutoScalingGroupNames: [
          "wordpress-dev-server",
          "wordpress-schedule-dev-server",
          "wordpress-loadtest-dev-server",
        ],
      })
      .resolves({
        AutoScalingGroups: [
          {
            AutoScalingGroupName: "wordpress-schedule-dev-server",
            MinSize: 2,
            MaxSize: 4,
            DesiredCapacity: 2,
            DefaultCooldown: 300,
            AvailabilityZones: [],
            HealthCheckType: "ELB",
            CreatedTime: new Date(0),
          },
        ],
      });
    expect((await stacksThatStand({ autoScaling }, wordpress)).map(({ name }) => name)).toEqual(["wordpress-schedule"]);
  });

  it("are none without asking, where there is no group to ask for", async () => {
    expect(await stacksThatStand({ autoScaling }, [])).toEqual([]);
    expect(aws.calls()).toEqual([]);
  });
});
