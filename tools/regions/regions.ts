import {
  DescribeAvailabilityZonesCommand,
  DescribeRegionsCommand,
  EC2Client,
  type AvailabilityZone,
  type EC2ClientConfig,
} from "@aws-sdk/client-ec2";
import { explain } from "../release/command";
import { RefusedError } from "../release/errors";

/** A zone of a region, as this account sees it. */
export interface Zone {
  /** What templates and consoles call it, "eu-west-1a". In older regions another account's "a" is another place. */
  readonly name: string;
  /** Where it is, the same for every account, "euw1-az2" */
  readonly id: string;
  /** "availability-zone", "local-zone" or "wavelength-zone" */
  readonly type: string;
  /** "available" unless something is the matter */
  readonly state: string;
  /** "opt-in-not-required", "opted-in" or "not-opted-in" */
  readonly optIn: string;
}

/** A region of the account, with its zones. */
export interface Region {
  readonly name: string;
  /** "opt-in-not-required", "opted-in" or "not-opted-in" */
  readonly optIn: string;
  /** By name. Undefined when they were not asked for (not opted in) or the region did not answer. */
  readonly zones?: readonly Zone[];
  /** Why there are no zones, although they were asked for */
  readonly error?: string;
}

export interface RegionsOptions {
  /** Which regions. Default: all of the account's */
  readonly names?: readonly string[] | undefined;
  /** Local and Wavelength Zones as well, opted in or not. Default: availability zones only */
  readonly allZones?: boolean | undefined;
}

/** Every account can use it, and it needs to be asked for the others. */
const HOME_REGION = "us-east-1";
/** Regions that are asked at the same time. */
const PARALLEL = 8;
const NOT_OPTED_IN = "not-opted-in";
/** A region that is cut off fails within seconds, while the others are read (milliseconds). */
const TIME_LIMITS = { connectionTimeout: 5_000, requestTimeout: 20_000 };

/**
 * Lists the regions that the account knows, by name. One that is not opted in is not asked for its zones: it would refuse the
 * credentials.
 * @param home the region that is asked for the others
 * @throws RefusedError for a name that no region has; what the SDK throws when even the list of regions cannot be had
 */
export async function readRegions(
  { names, allZones = false }: RegionsOptions = {},
  home = process.env.AWS_REGION ?? HOME_REGION,
): Promise<Region[]> {
  const ec2 = client({ region: home });
  const { Regions = [] } = await ec2.send(new DescribeRegionsCommand({ AllRegions: true }));
  const known = Regions.map(({ RegionName = "", OptInStatus = "" }) => ({ name: RegionName, optIn: OptInStatus }));
  known.sort((a, b) => (a.name < b.name ? -1 : 1));
  const unknown = (names ?? []).filter((name) => !known.some((region) => region.name === name));
  if (unknown.length > 0) {
    throw new RefusedError(
      `there is no region ${unknown.map((name) => `"${name}"`).join(", ")}; there are: ${known.map(({ name }) => name).join(", ")}`,
    );
  }
  const wanted = known.filter(({ name }) => names === undefined || names.includes(name));
  // The credentials are looked up once: a profile may ask for a second factor or assume a role.
  const { credentials } = ec2.config;
  return inParallel(PARALLEL, wanted, async (region) => {
    if (region.optIn === NOT_OPTED_IN) return region;
    try {
      return { ...region, zones: await readZones(client({ region: region.name, credentials }), allZones) };
    } catch (error) {
      const message = explain(error);
      if (message === undefined) throw error;
      return { ...region, error: message };
    }
  });
}

function client(config: EC2ClientConfig): EC2Client {
  return new EC2Client({ ...config, requestHandler: TIME_LIMITS });
}

async function readZones(ec2: EC2Client, all: boolean): Promise<Zone[]> {
  const { AvailabilityZones = [] } = await ec2.send(
    new DescribeAvailabilityZonesCommand(
      all ? { AllAvailabilityZones: true } : { Filters: [{ Name: "zone-type", Values: ["availability-zone"] }] },
    ),
  );
  return AvailabilityZones.map(zoneOf).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function zoneOf(zone: AvailabilityZone): Zone {
  const { ZoneName = "", ZoneId = "", ZoneType = "", State = "", OptInStatus = "" } = zone;
  return { name: ZoneName, id: ZoneId, type: ZoneType, state: State, optIn: OptInStatus };
}

/** Results in the order of the items, with at most so many in work at a time. */
async function inParallel<Item, Result>(
  limit: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of waiting) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}
