import { IamInstanceProfile } from "@cdktf/provider-aws/lib/iam-instance-profile";
import { Instance as AwsInstance } from "@cdktf/provider-aws/lib/instance";
import type { Subnet } from "@cdktf/provider-aws/lib/subnet";
import type { Construct } from "constructs";
import { Alarm, type AlarmTarget } from "./alarms";
import { recoveryRules } from "./instance-recovery";
import type { MachineImage } from "./machine-image";
import { ServiceMachines, type ServiceMachinesProps } from "./service-machines";
import { Stack } from "./stack";
import { INSTANCE_TYPE, isInstanceType, isIntegerBetween, rule } from "./validation";
import type { Vpc } from "./vpc";

/** Seconds that a boot may take; nobody waits for it but the person who looks. */
const LONGEST_BOOT = 3600;

export interface InstanceProps extends ServiceMachinesProps {
  /** Made in this stack: the machine stands in its first zone, and so do its volumes. */
  readonly vpc: Vpc;
  readonly image: MachineImage;
  /** Of a family that EC2 can recover, without instance store. Default: `t3.micro`. */
  readonly instanceType?: string;
  /** Who hears that the machine is being recovered, or that its operating system does not answer. */
  readonly alarms: AlarmTarget;
  /** GiB of its root volume. Default: as large as the image's. */
  readonly diskSize?: number;
}

/**
 * One machine that is moved to another host when its own fails, and is the same there: id, addresses, disks. It does not
 * survive the loss of its zone. A new image or boot script replaces the machine, which loses its root volume; what has to stay
 * belongs on a `Volume`.
 *
 * The alarm and its action: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/cloudwatch-recovery.html
 */
export class Instance extends ServiceMachines {
  readonly resource: AwsInstance;
  readonly instanceType: string;
  /** Where it stands. */
  readonly subnet: Subnet;
  readonly recoveryAlarm: Alarm;
  readonly instanceAlarm: Alarm;

  /** @throws Error for a type that cannot recover with its disk, and for a service that cannot be booted */
  constructor(scope: Construct, id: string, props: InstanceProps) {
    const { vpc, image, instanceType = "t3.micro", alarms, diskSize } = props;
    super(scope, id, props, LONGEST_BOOT, [
      rule("instanceType", instanceType, isInstanceType, INSTANCE_TYPE),
      ...(isInstanceType(instanceType) ? recoveryRules(instanceType) : []),
      rule("diskSize", diskSize, isIntegerBetween(1, 65_536), "1 to 65536 GiB"),
    ]);
    this.instanceType = instanceType;
    const stack = Stack.of(this);
    const [subnet] = vpc.egress === "public-ip" ? vpc.publicSubnets : vpc.privateSubnets;
    if (subnet === undefined) throw new Error(`${this.node.path}: its VPC has no zone`);
    this.subnet = subnet;
    const profile = new IamInstanceProfile(this, "instance-profile", {
      namePrefix: `${this.machineName}-`,
      role: this.role.resource.name,
    });
    const tags = { ...stack.tags, Name: this.machineName };
    this.resource = new AwsInstance(this, "instance", {
      ami: image.imageId(this),
      instanceType,
      subnetId: subnet.id,
      vpcSecurityGroupIds: [this.securityGroup.resource.id],
      iamInstanceProfile: profile.name,
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      rootBlockDevice: { encrypted: true, volumeType: "gp3", volumeSize: diskSize, deleteOnTermination: true, tags },
      userData: this.bootScript(this).asString,
      // The script runs at the first boot only: a changed one is for a new machine.
      userDataReplaceOnChange: true,
      tags: { Name: this.machineName },
      dependsOn: [...vpc.internetRoutes, ...this.waysOut],
    });
    this.role.requireBefore(this.resource);
    const check = { notify: alarms, namespace: "AWS/EC2", dimensions: { InstanceId: this.resource.id }, above: 0 };
    this.recoveryAlarm = new Alarm(this, "recovery", {
      ...check,
      description:
        "The machine's host has failed: EC2 moves the machine to another one. If it rings for long, stop and start it.",
      metric: "StatusCheckFailed_System",
      statistic: "Maximum",
      period: 60,
      periods: 5,
      actions: [stack.recoverAction],
    });
    this.instanceAlarm = new Alarm(this, "instance-check", {
      ...check,
      description: "The machine's operating system does not answer: look at its console, then reboot it.",
      metric: "StatusCheckFailed_Instance",
      statistic: "Maximum",
      period: 60,
      periods: 5,
    });
  }
}
