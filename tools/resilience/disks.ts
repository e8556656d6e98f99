import type { Resource, SynthesizedStack } from "../local/terraform/synthesized";
import { ALL_LOST, type DataLoss, type Finding, forgets, goesOn, hoursLost, isGone } from "./model";
import { count, zonesOf } from "./references";

/** An EFS file system: in all zones by default, reached through a mount target in the zone of the one that mounts it. */
export function judgeFileSystem(stack: SynthesizedStack, fileSystem: Resource): Finding[] {
  const zone = fileSystem.optionalString("availability_zone_name");
  const targets = stack
    .ofType("aws_efs_mount_target")
    .filter((target) => target.follow("file_system_id").address === fileSystem.address);
  const zones = new Set(targets.flatMap((target) => [...(zonesOf(stack, target, "subnet_id") ?? [])]));
  const machine = goesOn("EFS keeps the data, whichever machine mounts it");
  return [
    {
      address: fileSystem.address,
      what: `EFS file system ${zone === undefined ? "of the region" : "of one zone"}, mount targets in ${count(zones.size, "zone")}`,
      outcomes: {
        process: goesOn("nothing happens to the data"),
        machine,
        zone:
          zone !== undefined
            ? isGone("the file system is kept in one zone only (One Zone storage class)")
            : zones.size < 2
              ? isGone("the file system can be reached in one zone only: that of its mount targets")
              : goesOn("EFS keeps the data in several zones, the mount target of another zone reaches it"),
      },
    },
  ];
}

/** An EBS volume: beside any machine of its zone, and nowhere else. */
export function judgeVolume(stack: SynthesizedStack, volume: Resource): Finding[] {
  const hours = snapshotHours(stack, volume.raw("tags"));
  const copies =
    hours === undefined
      ? "no policy makes snapshots of it at an interval"
      : `a snapshot of every ${hours} h can be restored by hand`;
  return [
    {
      address: volume.address,
      what: "EBS volume of one zone",
      outcomes: {
        process: goesOn("nothing happens to the data"),
        machine: goesOn("the volume is not the machine's: its data stays"),
        zone: isGone(`the volume is in one zone, and away as long as that is; ${copies}`),
      },
    },
  ];
}

/** A volume that a machine makes for itself from the newest snapshot of the one before. */
export function judgeRestoredVolume(stack: SynthesizedStack, machine: Resource, path: string, script: string): Finding {
  const hours = snapshotHours(stack, script);
  const [lost, dataLoss]: [string, DataLoss] =
    hours === undefined
      ? ["everything, because no policy makes snapshots of it at an interval", ALL_LOST]
      : [
          `what was written since the last snapshot, up to ${hours} h (each begins within an hour of its time)`,
          hoursLost(hours),
        ];
  const outcome = forgets(`${path}: ${lost}`, dataLoss);
  return {
    address: machine.address,
    what: `volume at ${path}, made at boot from the newest snapshot`,
    outcomes: { process: goesOn("nothing happens to the data"), machine: outcome, zone: outcome },
  };
}

/**
 * Hours between the scheduled snapshots of volumes with these tags.
 * @param tagged tags of a volume, or the script that gives them to it
 * @returns undefined when no policy makes any
 */
export function snapshotHours(stack: SynthesizedStack, tagged: unknown): number | undefined {
  const intervals = stack
    .ofType("aws_dlm_lifecycle_policy")
    .filter((policy) => policy.optionalString("state") !== "DISABLED")
    .flatMap((policy) => policy.blocks("policy_details"))
    .filter((details) => {
      const tags = Object.entries((details.raw("target_tags") ?? {}) as Record<string, string>);
      return tags.length > 0 && tags.every(([key, value]) => hasTag(tagged, key, value));
    })
    .flatMap((details) => details.blocks("schedule"))
    .flatMap((schedule) => schedule.blocks("create_rule"))
    .filter((rule) => rule.raw("interval") !== undefined)
    .map((rule) => rule.number("interval"));
  return intervals.length === 0 ? undefined : Math.min(...intervals);
}

function hasTag(tagged: unknown, key: string, value: string): boolean {
  if (typeof tagged === "string") return tagged.includes(`Key=${key},Value=${value}`);
  return typeof tagged === "object" && tagged !== null && (tagged as Record<string, unknown>)[key] === value;
}
