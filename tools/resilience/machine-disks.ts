import type { Resource, SynthesizedStack } from "../local/terraform/synthesized";
import type { BootFacts } from "./boot-facts";
import { judgeRestoredVolume, snapshotHours } from "./disks";
import { ALL_LOST, type Disk, type Finding, UNKNOWN_LOSS, forgets, goesOn } from "./model";
import type { Unit } from "./unit";

/** The disks of a machine, and what is to be said of those that are no resources of their own. */
export interface MachineDisks {
  readonly disks: readonly Disk[];
  readonly findings: readonly Finding[];
}

/**
 * Where the machines of a group or an instance keep data: each folder that the service's unit names or the boot script mounts, and
 * what it is on.
 * @param stays whether the root volume is still there when the machine is back (a recovered one keeps it)
 * @param unit undefined when it is in no image
 */
export function disksOf(
  stack: SynthesizedStack,
  machine: Resource,
  boot: BootFacts,
  unit: Unit | undefined,
  stays: boolean,
): MachineDisks {
  const mounted = boot.mounts.map(({ path, source }): { disk: Disk; finding?: Finding } => {
    if (source !== undefined) {
      const label = source.startsWith("aws_efs_file_system.") ? "EFS" : "EBS";
      return { disk: { label, path, address: source } };
    }
    const finding = judgeRestoredVolume(stack, machine, path, boot.text);
    const label = snapshotHours(stack, boot.text) === undefined ? "EBS" : "EBS with snapshots";
    return { disk: { label, path, address: finding.address }, finding };
  });
  const isMounted = (folder: string): boolean =>
    boot.mounts.some(({ path }) => folder === path || folder.startsWith(`${path}/`));
  const onRoot = (unit?.dataFolders ?? []).filter((folder) => !isMounted(folder));
  const root = onRoot.map((path) => rootVolume(machine, path, stays));
  const unknown = unit === undefined && mounted.length === 0 && !stays ? [unknownDisk(machine, boot.unit)] : [];
  return {
    disks: [
      ...mounted.map(({ disk }) => disk),
      ...onRoot.map((path): Disk => ({ label: "EBS", path, address: machine.address })),
      ...unknown.map((): Disk => ({ label: "own disk", path: "/", address: machine.address })),
    ],
    findings: [...mounted.flatMap(({ finding }) => finding ?? []), ...root, ...unknown],
  };
}

function rootVolume(machine: Resource, path: string, stays: boolean): Finding {
  const lost = forgets(
    `everything in ${path}: it is on the machine's root volume, which goes with the machine`,
    ALL_LOST,
  );
  return {
    address: machine.address,
    what: `${path} on the machine's root volume`,
    outcomes: {
      process: goesOn("nothing happens to the data"),
      machine: stays ? goesOn("the machine comes back with its root volume") : lost,
      zone: lost,
    },
  };
}

/** A unit of a package says nothing of where its program writes. */
function unknownDisk(machine: Resource, unit: string | undefined): Finding {
  const name = unit === undefined ? "the service" : `the unit ${unit}`;
  const outcome = forgets(
    `what ${name} keeps on the root volume, if anything: it is of no image here, which would say`,
    UNKNOWN_LOSS,
  );
  return {
    address: machine.address,
    what: "the machine's root volume",
    outcomes: { process: goesOn("nothing happens to the data"), machine: outcome, zone: outcome },
  };
}
