import { DlmLifecyclePolicy } from "@cdktf/provider-aws/lib/dlm-lifecycle-policy";
import { Construct } from "constructs";
import { Alarm, type AlarmTarget } from "./alarms";
import type { PolicyStatement } from "./policy";
import { Role } from "./role";
import { SNAPSHOT_HOURS } from "./snapshot-hours";
import { Stack, nameOf } from "./stack";
import { isIntegerBetween, rule, validate } from "./validation";

/** Tag that says under which name a volume is snapshotted; its snapshots carry it as well. */
export const SNAPSHOTS_TAG = "steadfast:snapshots";

/** Volumes of which snapshots can be made. */
export interface SnapshotSource {
  /** Value of their tag `steadfast:snapshots`. */
  readonly snapshotTag: string;
  /** ARN of their KMS key; absent for the account's key for EBS. */
  readonly kmsKeyArn: string | undefined;
}

export interface SnapshotScheduleProps {
  readonly of: SnapshotSource;
  /** Hours between two snapshots: 1, 2, 3, 4, 6, 8, 12 or 24. Each begins within an hour of its time. */
  readonly everyHours: number;
  /** Days for which a snapshot is kept. Default: 7. */
  readonly keepDays?: number;
  /** Who hears that a snapshot has failed. */
  readonly alarms: AlarmTarget;
}

/**
 * Snapshots of volumes again and again, by Data Lifecycle Manager. They are kept by age, not by number: of a volume that is
 * gone with its machine, AWS keeps the last one then and deletes the others, where by number it would keep them all
 * (https://repost.aws/knowledge-center/ebs-snapshot-dlm-policy-not-deleting).
 */
export class SnapshotSchedule extends Construct {
  readonly resource: DlmLifecyclePolicy;
  readonly role: Role;
  readonly failureAlarm: Alarm;

  /** @throws Error for an interval that AWS does not offer, or less than a day to be kept */
  constructor(scope: Construct, id: string, props: SnapshotScheduleProps) {
    super(scope, id);
    const { of: source, everyHours, keepDays = 7, alarms } = props;
    validate(this, [
      rule(
        "everyHours",
        everyHours,
        (hours) => SNAPSHOT_HOURS.some((offered) => offered === hours),
        SNAPSHOT_HOURS.join(", "),
      ),
      rule("keepDays", keepDays, isIntegerBetween(1, 36_500), "1 to 36500 days"),
    ]);
    const name = nameOf(this);
    this.role = new Role(this, "role", { service: "dlm.amazonaws.com", description: `Snapshots by ${name}` });
    this.role.allow("snapshots", ...this.#statements(source));
    this.resource = new DlmLifecyclePolicy(this, "policy", {
      // Data Lifecycle Manager takes letters, digits, spaces, _ and - only.
      description: `Snapshots of ${source.snapshotTag}`,
      executionRoleArn: this.role.resource.arn,
      state: "ENABLED",
      policyDetails: {
        resourceTypes: ["VOLUME"],
        targetTags: { [SNAPSHOTS_TAG]: source.snapshotTag },
        schedule: [
          {
            // Never renamed: snapshots of a schedule's earlier name are not deleted any more.
            name: "regular",
            createRule: { interval: everyHours, intervalUnit: "HOURS", times: ["00:00"] },
            retainRule: { interval: keepDays, intervalUnit: "DAYS" },
            copyTags: true,
          },
        ],
      },
      tags: { Name: name },
    });
    this.role.requireBefore(this.resource);
    this.failureAlarm = new Alarm(this, "failures", {
      notify: alarms,
      description: `A snapshot of ${source.snapshotTag} has failed: look at the policy's state in EC2's Lifecycle Manager, mend the cause, then make one by hand.`,
      namespace: "AWS/EBS",
      metric: "SnapshotsCreateFailed",
      dimensions: { DLMPolicyId: this.resource.id },
      statistic: "Sum",
      period: 3600,
      above: 0,
    });
  }

  /**
   * Of AWS's policy AWSDataLifecycleManagerServiceRole what snapshots of volumes need, on volumes and snapshots with the tag.
   * How Data Lifecycle Manager sets tags is not documented, so that making and tagging a snapshot know no condition on it.
   */
  #statements({ snapshotTag, kmsKeyArn }: SnapshotSource): PolicyStatement[] {
    const stack = Stack.of(this);
    const snapshots = [stack.publicArn("ec2", "snapshot/*")];
    const tagged = { StringEquals: { [`aws:ResourceTag/${SNAPSHOTS_TAG}`]: snapshotTag } };
    return [
      { actions: ["ec2:DescribeVolumes", "ec2:DescribeSnapshots"], resources: ["*"] },
      { actions: ["ec2:CreateSnapshot"], resources: [stack.arn("ec2", "volume/*")], conditions: tagged },
      { actions: ["ec2:CreateSnapshot", "ec2:CreateTags"], resources: snapshots },
      { actions: ["ec2:DeleteSnapshot"], resources: snapshots, conditions: tagged },
      ...useOfKey(this, kmsKeyArn),
    ];
  }
}

/**
 * What a role needs of a key to make volumes and snapshots with it; nothing of the account's own key for EBS
 * (https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html).
 */
export function useOfKey(scope: Construct, kmsKeyArn: string | undefined): PolicyStatement[] {
  if (kmsKeyArn === undefined) return [];
  const byEc2 = { StringEquals: { "kms:ViaService": `ec2.${Stack.of(scope).region}.amazonaws.com` } };
  return [
    {
      actions: [
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
      ],
      resources: [kmsKeyArn],
      conditions: byEc2,
    },
    {
      actions: ["kms:CreateGrant"],
      resources: [kmsKeyArn],
      conditions: { ...byEc2, Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
  ];
}
