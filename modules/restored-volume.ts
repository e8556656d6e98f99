import { Construct } from "constructs";
import type { AutoScalingGroup } from "./auto-scaling-group";
import { DEFAULT_DEVICE, mountRules, mountVolume, sizeRule, type Mount } from "./mount-volume";
import type { PolicyStatement } from "./policy";
import { SNAPSHOTS_TAG, useOfKey, type SnapshotSource } from "./snapshot-schedule";
import { Stack, nameOf } from "./stack";
import { rule, validate } from "./validation";

/** Tag of every volume that a machine of the fleet has made. */
const MADE_FOR_TAG = "steadfast:made-for";

export interface RestoredVolumeProps {
  /** GiB; a larger snapshot makes a larger volume. Default: 20. */
  readonly size?: number;
  /** ARN of the KMS key. Default: the account's key for EBS. */
  readonly kmsKeyArn?: string;
}

/**
 * An encrypted gp3 volume that each new machine makes for itself, in its own zone, from the newest complete snapshot of the
 * machine before, or empty where there is none. It goes with its machine. So data survives the loss of a zone, and what was
 * written since the newest snapshot does not: a `SnapshotSchedule` says how much that is.
 *
 * Every replacement goes back to a snapshot, the one for a new image as well. Snapshots are told by the exact tag
 * `steadfast:snapshots`, which a volume gets once its service answers; one made by hand counts when it carries the tag.
 */
export class RestoredVolume extends Construct implements SnapshotSource {
  readonly snapshotTag: string;
  readonly kmsKeyArn: string | undefined;
  readonly #size: number;
  #fleet: AutoScalingGroup | undefined;

  /** @throws Error for a size that EBS does not offer */
  constructor(scope: Construct, id: string, { size = 20, kmsKeyArn }: RestoredVolumeProps = {}) {
    super(scope, id);
    validate(this, [sizeRule(size)]);
    this.#size = size;
    this.snapshotTag = nameOf(this);
    this.kmsKeyArn = kmsKeyArn;
  }

  /**
   * Has each machine of the fleet make and mount its volume before its service starts.
   * @throws Error for a fleet of more than one machine, a second fleet, and a path, user, device or machine that cannot be
   */
  mountOn(fleet: AutoScalingGroup, mount: Mount): this {
    validate(this, [
      rule("mountOn", this.#fleet?.node.path, () => false, "one fleet only"),
      rule("mountOn", fleet.capacity.max, (max) => max === 1, "a fleet with capacity.max 1"),
      ...mountRules(mount, fleet.instanceType),
    ]);
    this.#fleet = fleet;
    const { id } = this.node;
    const variable = `VOLUME_${id.toUpperCase().replace(/\W/g, "_")}`;
    fleet.role.allow(id, ...this.#statements(fleet.machineName));
    fleet.atBoot({
      title: `Volume ${id} at ${mount.path}, from its newest snapshot`,
      prepare: this.#make(variable, mount.device ?? DEFAULT_DEVICE) + mountVolume(`"$${variable}"`, mount),
      // Only now: neither a machine that never works nor a volume that is left behind becomes the newest snapshot.
      finish: `within_time "volume $${variable} is snapshotted from now on" ec2 create-tags --resources "$${variable}" \\
  --tags Key=${SNAPSHOTS_TAG},Value=${this.snapshotTag}`,
    });
    return this;
  }

  /** Of the volume when it is made. */
  #tags(): Readonly<Record<string, string>> {
    return { ...Stack.of(this).tags, Name: this.snapshotTag, [MADE_FOR_TAG]: this.snapshotTag };
  }

  /**
   * Each action on what carries the volume's tags and, for machines, the fleet's name, wherever AWS knows such a condition
   * (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html).
   */
  #statements(machineName: string): PolicyStatement[] {
    const stack = Stack.of(this);
    const volumes = [stack.arn("ec2", "volume/*")];
    const name = this.snapshotTag;
    const madeForIt = { [`aws:RequestTag/${MADE_FOR_TAG}`]: name };
    const itsOwn = { [`aws:ResourceTag/${MADE_FOR_TAG}`]: name };
    return [
      { actions: ["ec2:DescribeSnapshots", "ec2:DescribeVolumes"], resources: ["*"] },
      {
        actions: ["ec2:CreateVolume"],
        resources: volumes,
        conditions: { StringEquals: madeForIt, Bool: { "ec2:Encrypted": "true" } },
      },
      {
        actions: ["ec2:CreateVolume"],
        resources: [stack.publicArn("ec2", "snapshot/*")],
        conditions: { StringEquals: { [`aws:ResourceTag/${SNAPSHOTS_TAG}`]: name } },
      },
      {
        actions: ["ec2:CreateTags"],
        resources: volumes,
        conditions: {
          StringEquals: { ...madeForIt, "ec2:CreateAction": "CreateVolume" },
          // Not the tag of somebody else's snapshots, from which their next machine would be made.
          "ForAllValues:StringEquals": { "aws:TagKeys": Object.keys(this.#tags()) },
        },
      },
      {
        actions: ["ec2:CreateTags"],
        resources: volumes,
        conditions: {
          StringEquals: { ...itsOwn, [`aws:RequestTag/${SNAPSHOTS_TAG}`]: name },
          "ForAllValues:StringEquals": { "aws:TagKeys": [SNAPSHOTS_TAG] },
        },
      },
      {
        actions: ["ec2:AttachVolume", "ec2:DeleteVolume", "ec2:DetachVolume", "ec2:ModifyInstanceAttribute"],
        resources: volumes,
        conditions: { StringEquals: itsOwn },
      },
      {
        actions: ["ec2:AttachVolume", "ec2:DetachVolume", "ec2:ModifyInstanceAttribute"],
        resources: [stack.arn("ec2", "instance/*")],
        conditions: { StringEquals: { "aws:ResourceTag/Name": machineName } },
      },
      ...useOfKey(this, this.kmsKeyArn),
    ];
  }

  /**
   * Bash that makes the volume and attaches it so that it is deleted with the machine. What cannot be used is deleted again.
   * @param variable bash variable that gets the volume's id
   */
  #make(variable: string, device: string): string {
    const name = this.snapshotTag;
    const tags = Object.entries(this.#tags());
    const key = this.kmsKeyArn === undefined ? "" : ` --kms-key-id ${this.kmsKeyArn}`;
    return `
ec2() {
  timeout 30 aws ec2 "$@" --region "$REGION"
}

# Start, id and GiB of the newest complete snapshot; nothing when there is none.
newest_snapshot() {
  ec2 describe-snapshots --owner-ids self \\
    --filters Name=tag:${SNAPSHOTS_TAG},Values=${name} Name=status,Values=completed \\
    --query 'Snapshots[].[StartTime, SnapshotId, VolumeSize]' --output text | LC_ALL=C sort | tail --lines=1
}

# The token makes it one volume, however often it is tried.
make_volume() {
  local zone newest snapshot gib
  zone=$(metadata placement/availability-zone) || return
  newest=$(newest_snapshot) || return
  read -r _ snapshot gib <<< "$newest"
  set -- --client-token "$INSTANCE_ID-${device.slice("/dev/".length)}-$snapshot"
  if [[ -n $snapshot ]]; then
    set -- "$@" --snapshot-id "$snapshot"
  fi
  ${variable}=$(ec2 create-volume "$@" --availability-zone "$zone" --volume-type gp3 --encrypted${key} \\
    --size "$((gib > ${this.#size} ? gib : ${this.#size}))" \\
    --tag-specifications 'ResourceType=volume,Tags=[${tags.map(([k, v]) => `{Key=${k},Value=${v}}`).join(",")}]' \\
    --query VolumeId --output text) || return
  echo "volume $${variable} in $zone, from snapshot '$snapshot'"
}

volume_is() {
  local state
  state=$(ec2 describe-volumes --volume-ids "$1" --query 'Volumes[0].State' --output text) || return
  [[ $state == "$2" ]]
}

attach_volume() {
  volume_is "$1" in-use || ec2 attach-volume --volume-id "$1" --device ${device} --instance-id "$INSTANCE_ID"
}

delete_with_machine() {
  ec2 modify-instance-attribute --instance-id "$INSTANCE_ID" \\
    --block-device-mappings 'DeviceName=${device},Ebs={DeleteOnTermination=true}'
}

delete_volume() {
  if volume_is "$1" in-use; then
    ec2 detach-volume --volume-id "$1" || return
    timeout 60 aws ec2 wait volume-available --volume-ids "$1" --region "$REGION" || return
  fi
  ec2 delete-volume --volume-id "$1"
}

within_time "a volume is made" make_volume
if ! {
  within_time "volume $${variable} is available" volume_is "$${variable}" available &&
    within_time "volume $${variable} is attached" attach_volume "$${variable}" &&
    within_time "volume $${variable} goes with the machine" delete_with_machine
}; then
  delete_volume "$${variable}" || echo "volume $${variable} is left behind" >&2
  false
fi
`;
  }
}
