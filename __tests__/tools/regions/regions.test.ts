import {
  DescribeAvailabilityZonesCommand,
  DescribeRegionsCommand,
  EC2Client,
  type AvailabilityZone,
} from "@aws-sdk/client-ec2";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { mockClient, type AwsClientStub } from "aws-sdk-client-mock";
import { readRegions } from "../../../tools/regions/regions";
import { regionsTable } from "../../../tools/regions/regions-table";
import { awsError } from "../release/support/answers";

/** The zones of the regions that answer; regions that are not named here fail with what `failures` says. */
const ZONES: Readonly<Record<string, AvailabilityZone[]>> = {
  "eu-west-1": [zone("eu-west-1b", "euw1-az1"), zone("eu-west-1a", "euw1-az3")],
  "us-west-2": [
    zone("us-west-2a", "usw2-az2"),
    { ...zone("us-west-2-lax-1a", "usw2-lax1-az1"), ZoneType: "local-zone", OptInStatus: "not-opted-in" },
  ],
};

function zone(ZoneName: string, ZoneId: string): AvailabilityZone {
  return { ZoneName, ZoneId, ZoneType: "availability-zone", State: "available", OptInStatus: "opt-in-not-required" };
}

let ec2: AwsClientStub<EC2Client>;
let asked: string[];
let failure: Error;

beforeEach(() => {
  asked = [];
  failure = awsError("UnauthorizedOperation", "an organisation's policy says no");
  ec2 = mockClient(EC2Client);
  ec2.on(DescribeRegionsCommand, { AllRegions: true }).resolves({
    Regions: [
      { RegionName: "us-west-2", OptInStatus: "opt-in-not-required" },
      { RegionName: "eu-west-1", OptInStatus: "opt-in-not-required" },
      { RegionName: "eu-south-1", OptInStatus: "opted-in" },
      { RegionName: "af-south-1", OptInStatus: "not-opted-in" },
    ],
  });
  ec2.on(DescribeAvailabilityZonesCommand).callsFake(async (input: { AllAvailabilityZones?: boolean }, getClient) => {
    const region = await (getClient() as unknown as Pick<EC2Client, "config">).config.region();
    asked.push(region);
    const zones = ZONES[region];
    if (zones === undefined) throw failure;
    const all = input.AllAvailabilityZones === true;
    return { AvailabilityZones: zones.filter(({ ZoneType }) => all || ZoneType === "availability-zone") };
  });
});

afterEach(() => {
  ec2.restore();
});

describe("the regions of an account", () => {
  it("are listed by name, with their availability zones and the ids of those", async () => {
    const regions = await readRegions();
    expect(regions.map(({ name }) => name)).toEqual(["af-south-1", "eu-south-1", "eu-west-1", "us-west-2"]);
    expect(regions[2]).toEqual({
      name: "eu-west-1",
      optIn: "opt-in-not-required",
      zones: [
        {
          name: "eu-west-1a",
          id: "euw1-az3",
          type: "availability-zone",
          state: "available",
          optIn: expect.any(String),
        },
        {
          name: "eu-west-1b",
          id: "euw1-az1",
          type: "availability-zone",
          state: "available",
          optIn: expect.any(String),
        },
      ],
    });
  });

  it("that are not opted in are not asked for their zones", async () => {
    const [notOptedIn] = await readRegions();
    expect(notOptedIn).toEqual({ name: "af-south-1", optIn: "not-opted-in" });
    expect(asked.sort()).toEqual(["eu-south-1", "eu-west-1", "us-west-2"]);
  });

  it("that do not answer carry their error, and the others are there", async () => {
    const regions = await readRegions();
    expect(regions[1]).toEqual({
      name: "eu-south-1",
      optIn: "opted-in",
      error: "AWS refused: an organisation's policy says no",
    });
    expect(regions.filter(({ zones }) => zones !== undefined)).toHaveLength(2);
  });

  it("can be chosen by name, and only those are asked", async () => {
    expect((await readRegions({ names: ["eu-west-1"] })).map(({ name }) => name)).toEqual(["eu-west-1"]);
    expect(asked).toEqual(["eu-west-1"]);
  });

  it("have Local and Wavelength Zones when all are wanted", async () => {
    const [west] = await readRegions({ names: ["us-west-2"], allZones: true });
    expect(west?.zones?.map(({ name, optIn }) => [name, optIn])).toEqual([
      ["us-west-2-lax-1a", "not-opted-in"],
      ["us-west-2a", "opt-in-not-required"],
    ]);
  });

  it("are refused by a name that none has, with the names that there are", async () => {
    await expect(readRegions({ names: ["eu-west-1", "mars", "eu"] })).rejects.toMatchObject({
      name: "RefusedError",
      message: 'there is no region "mars", "eu"; there are: af-south-1, eu-south-1, eu-west-1, us-west-2',
    });
    expect(asked).toEqual([]);
  });

  it("are an error when the list itself cannot be had", async () => {
    ec2.on(DescribeRegionsCommand).rejects(awsError("CredentialsProviderError", "nothing found"));
    await expect(readRegions()).rejects.toThrow("nothing found");
  });

  it("do not hide a mistake in the program", async () => {
    failure = new TypeError("x is undefined");
    await expect(readRegions()).rejects.toThrow("x is undefined");
  });

  it("are asked in parallel, at most eight at a time", async () => {
    const names = Array.from({ length: 20 }, (_, index) => `xx-east-${index}`);
    ec2.on(DescribeRegionsCommand).resolves({ Regions: names.map((RegionName) => ({ RegionName })) });
    let now = 0;
    let most = 0;
    ec2.on(DescribeAvailabilityZonesCommand).callsFake(async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise(setImmediate);
      now -= 1;
      return { AvailabilityZones: [] };
    });
    expect(await readRegions()).toHaveLength(20);
    expect(most).toBe(8);
  });
});

describe("the table of regions", () => {
  it("has a line for each zone, for each region without zones, and for each that did not answer", async () => {
    expect(regionsTable(await readRegions({ allZones: true })).split("\n")).toEqual([
      "region      opt-in               zone              zone id        type          state",
      "af-south-1  not-opted-in         -                 -              -             -",
      "eu-south-1  opted-in             ?                 ?              ?             error: AWS refused: an organisation's policy says no",
      "eu-west-1   opt-in-not-required  eu-west-1a        euw1-az3       availability  available",
      "eu-west-1   opt-in-not-required  eu-west-1b        euw1-az1       availability  available",
      "us-west-2   opt-in-not-required  us-west-2-lax-1a  usw2-lax1-az1  local         available, not opted in",
      "us-west-2   opt-in-not-required  us-west-2a        usw2-az2       availability  available",
    ]);
  });
});
