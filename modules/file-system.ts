import { EfsAccessPoint } from "@cdktf/provider-aws/lib/efs-access-point";
import { EfsBackupPolicy } from "@cdktf/provider-aws/lib/efs-backup-policy";
import { EfsFileSystem } from "@cdktf/provider-aws/lib/efs-file-system";
import { EfsFileSystemPolicy } from "@cdktf/provider-aws/lib/efs-file-system-policy";
import { EfsMountTarget } from "@cdktf/provider-aws/lib/efs-mount-target";
import { Token } from "cdktf";
import { Construct } from "constructs";
import { Alarm, type AlarmTarget } from "./alarms";
import type { Machines } from "./machines";
import { policyDocument } from "./policy";
import { SecurityGroup } from "./security-group";
import { Stack, nameOf } from "./stack";
import { isIntegerBetween, rule, validate } from "./validation";
import type { IVpc } from "./vpc";

const NFS = 2049;
/** Highest number of a user or group that an access point takes. */
const MAX_ID = 4_294_967_295;
/** Days that EFS offers, https://docs.aws.amazon.com/efs/latest/ug/API_LifecyclePolicy.html. */
const DAYS_TO_INFREQUENT_ACCESS = [1, 7, 14, 30, 60, 90, 180, 270, 365];

export interface FileSystemProps {
  /** Made in this stack: a mount target stands in each of its private subnets. */
  readonly vpc: IVpc;
  /** Who hears that the file system is at its limit of operations. */
  readonly alarms: AlarmTarget;
  /**
   * Days without access after which a file moves to the cheaper class for infrequent access; the first access brings it
   * back. 1, 7, 14, 30, 60, 90, 180, 270 or 365. Default: 30.
   */
  readonly infrequentAccessAfterDays?: number;
  /**
   * Whether AWS Backup copies it daily and keeps each copy for 35 days: several zones are no help against what a program or
   * a person deletes (https://docs.aws.amazon.com/efs/latest/ug/awsbackup.html). Default: true.
   */
  readonly backups?: boolean;
}

/** Where and as whom machines use a file system. */
export interface MountProps {
  /** Folder of the machine, such as `/var/lib/app`. */
  readonly path: string;
  /** Owns every file, whoever on the machine writes it. Not root, whose rights are not granted. */
  readonly user: { readonly uid: number; readonly gid: number };
  /** Folder of the file system that the machines see, at most four levels deep. Default: `/` and the id of the machines. */
  readonly directory?: string;
  /** Of that folder when it is made. Default: `0750`. */
  readonly permissions?: string;
}

/**
 * An EFS file system in all zones of a VPC: encrypted, elastic throughput (paid by use, nothing to be sized; AWS recommends it
 * where the load is not known, https://docs.aws.amazon.com/efs/latest/ug/performance.html). It accepts TLS only, and only
 * roles that are granted: a firewall that is open by mistake lets nobody in.
 *
 * EFS cannot be protected from deletion. Where the environment protects data, a plan that would destroy it fails.
 */
export class FileSystem extends Construct {
  readonly resource: EfsFileSystem;
  readonly policy: EfsFileSystemPolicy;
  /** One per zone: a machine reaches the one of its own zone, and no other zone's failure matters to it. */
  readonly mountTargets: readonly EfsMountTarget[];
  readonly securityGroup: SecurityGroup;
  readonly limitAlarm: Alarm;

  /** @throws Error for days that EFS does not offer, or a VPC whose subnets only Terraform knows */
  constructor(
    scope: Construct,
    id: string,
    { vpc, alarms, infrequentAccessAfterDays: days = 30, backups = true }: FileSystemProps,
  ) {
    super(scope, id);
    validate(this, [
      rule(
        "infrequentAccessAfterDays",
        days,
        (n) => DAYS_TO_INFREQUENT_ACCESS.includes(n),
        DAYS_TO_INFREQUENT_ACCESS.join(", "),
      ),
    ]);
    if (Token.isUnresolved(vpc.privateSubnetIds)) {
      throw new Error(
        `${this.node.path}: vpc must be made in this stack, a mount target is made for each of its subnets`,
      );
    }
    const name = nameOf(this);
    const { protectData } = Stack.of(this).environment;
    this.resource = new EfsFileSystem(this, "file-system", {
      encrypted: true,
      performanceMode: "generalPurpose",
      throughputMode: "elastic",
      // The provider wants one block for each transition.
      lifecyclePolicy: [
        { transitionToIa: days === 1 ? "AFTER_1_DAY" : `AFTER_${days}_DAYS` },
        { transitionToPrimaryStorageClass: "AFTER_1_ACCESS" },
      ],
      tags: { Name: name },
      ...(protectData && { lifecycle: { preventDestroy: true } }),
    });
    const fileSystemId = this.resource.id;
    this.policy = new EfsFileSystemPolicy(this, "policy", { fileSystemId, policy: refuseClear(this.resource.arn) });
    new EfsBackupPolicy(this, "backup-policy", {
      fileSystemId,
      backupPolicy: { status: backups ? "ENABLED" : "DISABLED" },
    });
    this.securityGroup = new SecurityGroup(this, "security-group", { vpc, description: `Mount targets of ${name}` });
    this.mountTargets = vpc.privateSubnetIds.map(
      (subnetId, zone) =>
        new EfsMountTarget(this, `mount-target-${zone}`, {
          fileSystemId,
          subnetId,
          securityGroups: [this.securityGroup.resource.id],
          // Without a policy EFS lets in everybody who reaches it.
          dependsOn: [this.policy],
        }),
    );
    this.limitAlarm = new Alarm(this, "io-limit", {
      notify: alarms,
      description: `${name} is at the limit of operations of one file system, its users wait: find who reads or writes many small files, or spread them over several file systems.`,
      namespace: "AWS/EFS",
      metric: "PercentIOLimit",
      dimensions: { FileSystemId: fileSystemId },
      statistic: "Average",
      above: 95,
      periods: 15,
    });
  }

  /**
   * Has machines mount a folder before their service starts, at this boot and every later one. They may reach it through one
   * access point only, and everything there is the given user's. A boot that cannot mount it in time fails.
   * @throws Error for a path, a user or permissions that EFS does not take
   */
  mountOn(machines: Machines, props: MountProps): EfsAccessPoint {
    const { path, user, directory = `/${machines.node.id}`, permissions = "0750" } = props;
    const isPath = (text: string) => /^(\/\w[\w.-]*)+$/.test(text);
    validate(this, [
      rule("path", path, isPath, "an absolute path such as /var/lib/jenkins"),
      rule(
        "directory",
        directory,
        (text) => isPath(text) && text.length <= 100 && text.split("/").length <= 5,
        "an absolute path like that, at most four levels deep and 100 characters long",
      ),
      rule("user.uid", user.uid, isIntegerBetween(1, MAX_ID), `1 to ${MAX_ID}`),
      rule("user.gid", user.gid, isIntegerBetween(1, MAX_ID), `1 to ${MAX_ID}`),
      rule("permissions", permissions, (text) => /^[0-7]{3,4}$/.test(text), "three or four octal digits such as 0750"),
    ]);
    const accessPoint = new EfsAccessPoint(this, `${machines.node.id}-access-point`, {
      fileSystemId: this.resource.id,
      posixUser: user,
      rootDirectory: {
        path: directory,
        creationInfo: { ownerUid: user.uid, ownerGid: user.gid, permissions },
      },
      tags: { Name: `${nameOf(this)}-${machines.node.id}` },
    });
    this.securityGroup.allowFrom(machines.securityGroup, NFS);
    machines.role.allow(this.node.id, {
      actions: ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
      resources: [this.resource.arn],
      conditions: {
        StringEquals: { "elasticfilesystem:AccessPointArn": accessPoint.arn },
        Bool: { "elasticfilesystem:AccessedViaMountTarget": "true" },
      },
    });
    machines.startAfter(this.policy, ...this.mountTargets);
    machines.atBoot({
      title: `Mount the file system ${this.node.id}; later boots do it by /etc/fstab, which is written only once it has worked.`,
      prepare: mountScript(this.resource.id, accessPoint.id, path),
    });
    return accessPoint;
  }
}

/**
 * Refuses clients without TLS and allows nothing, so that who mounts needs a grant of its own: with a policy in force, EFS no
 * longer allows what nobody allows (https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html). It names
 * no action that changes the policy, so it locks out nobody who has to.
 */
function refuseClear(fileSystemArn: string): string {
  return policyDocument([
    {
      sid: "DenyWithoutTls",
      effect: "Deny",
      principals: "*",
      actions: ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientRootAccess", "elasticfilesystem:ClientWrite"],
      resources: [fileSystemArn],
      conditions: { Bool: { "aws:SecureTransport": "false" } },
    },
  ]);
}

/**
 * Mounts by the helper of amazon-efs-utils, which is in the image. A name that does not resolve yet fails at once, a mount
 * target that does not answer hangs: hence the limit on each try.
 * Options: the README of https://github.com/aws/efs-utils.
 */
function mountScript(fileSystem: string, accessPoint: string, path: string): string {
  const options = `_netdev,noresvport,tls,iam,accesspoint=${accessPoint}`;
  return `
mkdir -p ${path}
within_time "file system ${fileSystem} mounted at ${path}" \\
  timeout --kill-after=5 30 mount -t efs -o ${options} ${fileSystem} ${path}
echo "${fileSystem} ${path} efs ${options} 0 0" >>/etc/fstab`;
}
