import { EbsVolume } from "@cdktf/provider-aws/lib/ebs-volume";
import { VolumeAttachment } from "@cdktf/provider-aws/lib/volume-attachment";
import { Lazy } from "cdktf";
import { Construct } from "constructs";
import type { Instance } from "./instance";
import { DEFAULT_DEVICE, mountRules, mountVolume, sizeRule, type Mount } from "./mount-volume";
import { SNAPSHOTS_TAG, type SnapshotSource } from "./snapshot-schedule";
import { Stack, nameOf } from "./stack";
import { rule, validate } from "./validation";

export interface VolumeProps {
  /** GiB. May grow later: the next machine grows the file system. Default: 20. */
  readonly size?: number;
  /** ARN of the KMS key. Default: the account's key for EBS. */
  readonly kmsKeyArn?: string;
}

/**
 * An encrypted gp3 volume that outlives its machine: when a new image or boot script replaces the machine, the old one is
 * stopped, so that all is written, and the new one gets the volume with its data. It has an xfs file system, made once.
 *
 * Where the environment protects data, a plan that would destroy it is refused; should it be destroyed all the same, a last
 * snapshot stays.
 */
export class Volume extends Construct implements SnapshotSource {
  readonly resource: EbsVolume;
  readonly snapshotTag: string;
  readonly kmsKeyArn: string | undefined;
  #instance: Instance | undefined;

  /** @throws Error for a size that EBS does not offer */
  constructor(scope: Construct, id: string, { size = 20, kmsKeyArn }: VolumeProps = {}) {
    super(scope, id);
    validate(this, [sizeRule(size)]);
    const { protectData } = Stack.of(this).environment;
    this.snapshotTag = nameOf(this);
    this.kmsKeyArn = kmsKeyArn;
    this.resource = new EbsVolume(this, "volume", {
      availabilityZone: Lazy.stringValue({ produce: () => this.#zone() }),
      size,
      type: "gp3",
      encrypted: true,
      kmsKeyId: kmsKeyArn,
      finalSnapshot: protectData,
      tags: { Name: nameOf(this), [SNAPSHOTS_TAG]: this.snapshotTag },
      lifecycle: protectData ? { preventDestroy: true } : undefined,
    });
  }

  /**
   * Puts it into the machine's zone, attaches it and has the machine mount it before its service starts.
   * @throws Error for a path, user, device or machine that cannot be, and for a second machine
   */
  mountOn(instance: Instance, mount: Mount): this {
    validate(this, [
      rule("mountOn", this.#instance?.node.path, () => false, "one machine only"),
      ...mountRules(mount, instance.instanceType),
    ]);
    this.#instance = instance;
    instance.atBoot({
      title: `Volume ${this.node.id} at ${mount.path}`,
      prepare: mountVolume(this.resource.id, mount),
    });
    new VolumeAttachment(this, "attachment", {
      deviceName: mount.device ?? DEFAULT_DEVICE,
      instanceId: instance.resource.id,
      volumeId: this.resource.id,
      // In order, and never by force: a forced detachment loses what is not written yet.
      stopInstanceBeforeDetaching: true,
    });
    return this;
  }

  /** The subnet's: the machine's own is unknown while it is replaced, and that would replace the volume as well. */
  #zone(): string {
    if (this.#instance === undefined) throw new Error(`${this.node.path}: is mounted on no machine`);
    return this.#instance.subnet.availabilityZone;
  }
}
