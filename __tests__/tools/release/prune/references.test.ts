import type { DescribeLaunchTemplateVersionsCommandInput } from "@aws-sdk/client-ec2";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { references } from "../../../../tools/release/prune/references";
import { ScriptedAws } from "../support/scripted-aws";

/** Launch templates of the account: the images of their versions, and the number of the default one. */
const TEMPLATES: Readonly<Record<string, { readonly images: readonly string[]; readonly standard: number }>> = {
  "lt-server": { images: ["ami-s1", "ami-s2", "ami-s3", "ami-s4", "ami-s5"], standard: 1 },
  "lt-mixed": { images: ["ami-m1", "ami-m2", "ami-m3", "ami-m4"], standard: 4 },
};

let aws: ScriptedAws;

beforeEach(() => {
  aws = new ScriptedAws();
  aws.answer("DescribeLaunchTemplates", () => ({
    LaunchTemplates: Object.keys(TEMPLATES).map((LaunchTemplateId) => ({ LaunchTemplateId })),
  }));
  aws.answer("DescribeLaunchTemplateVersions", (input: DescribeLaunchTemplateVersionsCommandInput) => {
    const { images = [], standard = 0 } = TEMPLATES[input.LaunchTemplateId ?? ""] ?? {};
    const number = (version: string) => ({ $Default: standard, $Latest: images.length })[version] ?? Number(version);
    const numbers = [...new Set((input.Versions ?? []).map(number))];
    const LaunchTemplateVersions = numbers.map((VersionNumber) => ({
      VersionNumber,
      LaunchTemplateName: input.LaunchTemplateId?.slice("lt-".length),
      LaunchTemplateData: { ImageId: images[VersionNumber - 1] },
    }));
    return { LaunchTemplateVersions };
  });
});

afterEach(() => {
  aws.restore();
});

/** What refers to images, as lines that can be read. */
async function found(lastValues = 5): Promise<string[]> {
  const all = await references(aws.clients, lastValues);
  return [...all].map(([image, reasons]) => `${image}: ${reasons.join(", ")}`).sort();
}

describe("what refers to images through launch templates", () => {
  it("is each template's default and latest version, and no other one", async () => {
    expect(await found()).toEqual([
      "ami-m4: launch template mixed 4",
      "ami-s1: launch template server 1",
      "ami-s5: launch template server 5",
    ]);
  });

  it("is also the version of a group, and those from which its instances were launched", async () => {
    const version = (Version: string) => ({ LaunchTemplateId: "lt-server", Version });
    aws.answer("DescribeAutoScalingGroups", () => ({
      AutoScalingGroups: [{ LaunchTemplate: version("3"), Instances: [{ LaunchTemplate: version("2") }, {}] }],
    }));
    expect((await found()).filter((line) => line.startsWith("ami-s"))).toEqual([
      "ami-s1: launch template server 1",
      "ami-s2: launch template server 2",
      "ami-s3: launch template server 3",
      "ami-s5: launch template server 5",
    ]);
  });

  it("are also the versions of a group of mixed instances, with those of its overrides", async () => {
    const version = (Version: string) => ({ LaunchTemplateId: "lt-mixed", Version });
    const policy = {
      LaunchTemplateSpecification: version("1"),
      Overrides: [{ InstanceType: "t3.micro" }, { LaunchTemplateSpecification: version("2") }],
    };
    aws.answer("DescribeAutoScalingGroups", () => ({
      AutoScalingGroups: [{ MixedInstancesPolicy: { LaunchTemplate: policy } }],
    }));
    expect((await found()).filter((line) => line.startsWith("ami-m"))).toEqual([
      "ami-m1: launch template mixed 1",
      "ami-m2: launch template mixed 2",
      "ami-m4: launch template mixed 4",
    ]);
  });
});

describe("what refers to images through instances", () => {
  it("is each one that is not terminated, on whatever page it stands", async () => {
    const states = ["pending", "running", "stopping", "stopped", "shutting-down", "terminated"];
    aws.answer("DescribeInstances", ({ NextToken }: { readonly NextToken?: string }) => {
      const index = Number(NextToken ?? 0);
      const Instances = [{ InstanceId: `i-${index}`, ImageId: `ami-i${index}`, State: { Name: states[index] } }];
      return { Reservations: [{ Instances }], ...(index + 1 < states.length && { NextToken: `${index + 1}` }) };
    });
    expect((await found()).filter((line) => line.startsWith("ami-i"))).toEqual([
      "ami-i0: instance i-0 (pending)",
      "ami-i1: instance i-1 (running)",
      "ami-i2: instance i-2 (stopping)",
      "ami-i3: instance i-3 (stopped)",
      "ami-i4: instance i-4 (shutting-down)",
    ]);
  });
});

describe("what refers to images through parameters", () => {
  const name = "/steadfast/dev/images/imagery";
  const published = async (lastValues: number) =>
    (await found(lastValues)).filter((line) => line.includes("/steadfast/"));

  it("are the last different values, however often each was published", async () => {
    aws.parameters.set(name, "ami-1", "ami-2", "ami-3", "ami-2", "ami-3", "ami-3");
    expect(await published(2)).toEqual([`ami-2: one of the last 2 of ${name}`, `ami-3: published: ${name}`]);
    expect(await published(1)).toEqual([`ami-3: published: ${name}`]);
    expect(await published(3)).toHaveLength(3);
    expect(await published(4)).toHaveLength(3);
  });

  it("is also one that was last seen healthy, however long ago", async () => {
    aws.parameters.set(name, "ami-1", "ami-2", "ami-3", "ami-4");
    aws.parameters.label(name, 1, "healthy");
    expect(await published(2)).toEqual([
      `ami-1: ${name} (healthy)`,
      `ami-3: one of the last 2 of ${name}`,
      `ami-4: published: ${name}`,
    ]);
  });

  it("are those of every application and environment, and no other parameters", async () => {
    const names = ["dev/images/imagery", "dev/images/url2png", "prod/images/imagery"];
    for (const [index, path] of names.entries()) aws.parameters.set(`/steadfast/${path}`, `ami-${index}`);
    aws.parameters.set("/steadfast/dev/settings", "ami-8");
    aws.parameters.set("/elsewhere/dev/images/imagery", "ami-9");
    expect(await published(5)).toEqual(names.map((path, index) => `ami-${index}: published: /steadfast/${path}`));
  });
});
