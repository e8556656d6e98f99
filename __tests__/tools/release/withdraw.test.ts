import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DescribeImagesCommand, DescribeLaunchTemplateVersionsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { GetParameterCommand, GetParameterHistoryCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { mockClient } from "aws-sdk-client-mock";
import { withdraw } from "../../../tools/release/withdraw";
import { Temporary } from "./support/temporary";

const config = { region: "eu-west-1" };
const clients = {
  autoScaling: new AutoScalingClient(config),
  cloudWatch: new CloudWatchClient(config),
  ec2: new EC2Client(config),
  ssm: new SSMClient(config),
  sts: new STSClient(config),
};
const [autoScaling, ec2, ssm, sts] = [
  mockClient(clients.autoScaling),
  mockClient(clients.ec2),
  mockClient(clients.ssm),
  mockClient(clients.sts),
];

/** @param launched image of each group, by the group's name; @param published the newest first */
function given(launched: Readonly<Record<string, string>>, published: readonly string[], healthy?: string): void {
  autoScaling.on(DescribeAutoScalingGroupsCommand).resolves({
    AutoScalingGroups: Object.keys(launched).map((name) => ({
      AutoScalingGroupName: name,
      MinSize: 1,
      MaxSize: 2,
      DesiredCapacity: 1,
      DefaultCooldown: 300,
      AvailabilityZones: [],
      HealthCheckType: "EC2",
      CreatedTime: new Date(0),
      LaunchTemplate: { LaunchTemplateId: `lt-${name}`, Version: "7" },
    })),
  });
  for (const [name, ImageId] of Object.entries(launched)) {
    ec2
      .on(DescribeLaunchTemplateVersionsCommand, { LaunchTemplateId: `lt-${name}`, Versions: ["7"] })
      .resolves({ LaunchTemplateVersions: [{ LaunchTemplateData: { ImageId } }] });
  }
  ssm.on(GetParameterHistoryCommand).resolves({
    Parameters: published.map((image, index) => ({
      Version: published.length - index,
      Value: image,
      Labels: image === healthy ? ["healthy"] : [],
    })),
  });
}

const here = process.cwd();
let temporary: Temporary;

beforeAll(async () => {
  // Stacks are synthesized below the current folder, where other tests do so, too.
  temporary = await Temporary.make();
  process.chdir(temporary.folder);
});

afterAll(async () => {
  process.chdir(here);
  await temporary.remove();
});

beforeEach(() => {
  for (const mock of [autoScaling, ec2, ssm, sts]) mock.reset();
  sts.on(GetCallerIdentityCommand).resolves({ Account: "000000000000", Arn: "arn:aws:iam::000000000000:user/t" });
  ec2.on(DescribeImagesCommand).callsFake(({ ImageIds = [] }: { ImageIds?: string[] }) => ({
    Images: ImageIds.map((ImageId) => ({
      ImageId,
      OwnerId: "000000000000",
      State: "available",
      CreationDate: "2026-01-01T00:00:00Z",
      Tags: [
        { Key: "App", Value: "imagery" },
        { Key: "ManagedBy", Value: "steadfast" },
      ],
    })),
  }));
  let written = { Version: 0, Value: "" };
  ssm.on(PutParameterCommand).callsFake(({ Value = "" }: { Value?: string }) => {
    written = { Version: 100, Value };
    return { Version: 100 };
  });
  ssm.on(GetParameterCommand).callsFake(() => ({ Parameter: written }));
});

/** What was published by the withdrawal. */
function publishedAgain(): (string | undefined)[] {
  return ssm.commandCalls(PutParameterCommand).map(({ args: [{ input }] }) => input.Value);
}

describe("a publication that was not deployed", () => {
  it("is taken back to what the groups launch, whatever was published before", async () => {
    given({ "imagery-dev-server": "ami-1", "imagery-dev-worker": "ami-1" }, ["ami-3", "ami-2", "ami-1"], "ami-2");
    expect(await withdraw(clients, "imagery", "dev")).toMatchObject({ published: "ami-3", restored: "ami-1" });
    expect(publishedAgain()).toEqual(["ami-1"]);
    const { Name, Description } = ssm.commandCalls(PutParameterCommand)[0]?.args[0].input ?? {};
    expect([Name, Description]).toEqual([
      "/steadfast/dev/images/imagery",
      expect.stringContaining("the one before was not deployed"),
    ]);
  });

  it("is taken back to the last healthy one when there are no groups yet", async () => {
    given({}, ["ami-3", "ami-2", "ami-1"], "ami-1");
    expect(await withdraw(clients, "imagery", "dev")).toMatchObject({ restored: "ami-1" });
  });

  it("stays when there never was another", async () => {
    given({}, ["ami-1"]);
    expect(await withdraw(clients, "imagery", "dev")).toMatchObject({
      restored: undefined,
      why: "there is no earlier one",
    });
    expect(publishedAgain()).toEqual([]);
  });
});

describe("a publication that is deployed", () => {
  it.each([
    ["by all groups", { "imagery-dev-server": "ami-2", "imagery-dev-worker": "ami-2" }],
    ["by one of them, because the roll-out has stopped half-way", { "imagery-dev-server": "ami-2", w: "ami-1" }],
  ])("is left alone when it is launched %s", async (_, launched) => {
    given(launched, ["ami-2", "ami-1"], "ami-1");
    expect(await withdraw(clients, "imagery", "dev")).toMatchObject({ published: "ami-2", restored: undefined });
    expect(publishedAgain()).toEqual([]);
  });
});

it("asks for the groups of the application's stacks alone", async () => {
  given({}, ["ami-1"]);
  await withdraw(clients, "imagery", "prod");
  const [call] = autoScaling.commandCalls(DescribeAutoScalingGroupsCommand);
  expect(call?.args[0].input.AutoScalingGroupNames).toEqual(["imagery-prod-server", "imagery-prod-worker"]);
});
