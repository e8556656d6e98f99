import { isIntegerBetween, rule, type Rule } from "./validation";

/** Where a volume is mounted, and whose it is there. */
export interface Mount {
  /** Absolute path, such as `/var/lib/jenkins`. */
  readonly path: string;
  /** Who owns the mount's root. Numbers, because a volume carries numbers from one image to the next. */
  readonly user: { readonly uid: number; readonly gid: number };
  /** Name under which it is attached, another one for each volume of a machine. Default: `/dev/sdf`. */
  readonly device?: string;
}

export const DEFAULT_DEVICE = "/dev/sdf";

/** GiB of a gp3 volume (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html). */
const LARGEST_VOLUME = 65_536;

export function sizeRule(size: number): Rule<unknown> {
  return rule("size", size, isIntegerBetween(1, LARGEST_VOLUME), `1 to ${LARGEST_VOLUME} GiB`);
}

/**
 * Families that are not built on the Nitro System: their disks do not say which volume they are
 * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-types.html#instance-hypervisor-type).
 */
const XEN = new Set("c1 c3 c4 d2 f1 g3 h1 i2 i3 m1 m2 m3 m4 p2 p3 r3 r4 t1 t2 x1 x1e".split(" "));

/** That a machine of this type can find and mount a volume. */
export function mountRules({ path, user, device }: Mount, instanceType: string): Rule<unknown>[] {
  const isId = isIntegerBetween(0, 65_534);
  return [
    rule(
      "instanceType",
      instanceType,
      (type) => !XEN.has(type.split(".")[0] ?? ""),
      "a type built on the Nitro System, where a disk says which volume it is, such as t3.small",
    ),
    // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html
    rule("device", device, (name) => /^\/dev\/sd[f-p]$/.test(name), "/dev/sdf to /dev/sdp"),
    rule("path", path, (text) => /^(\/\w[\w.-]*)+$/.test(text), "an absolute path such as /var/lib/jenkins"),
    rule("user.uid", user.uid, isId, "0 to 65534"),
    rule("user.gid", user.gid, isId, "0 to 65534"),
  ];
}

/**
 * Bash of a boot part: waits for an attached volume, makes a file system where there is nothing at all, and mounts it, now and
 * at later boots.
 *
 * On Nitro machines udev names a volume by its id without the hyphen. A later boot does not wait for the disk (`nofail`),
 * so that Session Manager can be reached when it is missing; the service's unit says `RequiresMountsFor=` and does not start.
 * @param volume the volume's id, or the variable that holds it, as bash
 */
export function mountVolume(volume: string, { path, user }: Mount): string {
  return `
# mount_volume VOLUME PATH UID GID
mount_volume() {
  local path=$2 device found=0 uuid
  device=/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_$(tr --delete - <<< "$1")
  within_time "$1 is there as $device" test -b "$device"
  # 2: nothing is on it. Whatever is found, and whatever cannot be read, is never formatted; nor does mkfs.xfs by itself.
  blkid --probe "$device" || found=$?
  if ((found == 2)); then
    mkfs.xfs "$device"
  elif ((found != 0)); then
    echo "what is on $1 cannot be told: blkid ended with $found" >&2
    return 1
  fi
  uuid=$(blkid --probe --match-tag UUID --output value "$device")
  mkdir --parents "$path"
  mount --types xfs --options nodev,nosuid "$device" "$path"
  # The volume may have been enlarged.
  xfs_growfs "$path"
  install -d -m 0750 -o "$3" -g "$4" "$path"
  echo "UUID=$uuid $path xfs nodev,nosuid,nofail 0 0" >> /etc/fstab
  systemctl daemon-reload
}
mount_volume ${volume} ${path} ${user.uid} ${user.gid}
`;
}
