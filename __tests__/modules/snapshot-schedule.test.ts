import { describe, expect, it } from "@jest/globals";
import { SNAPSHOT_HOURS } from "../../modules/snapshot-hours";
import { SnapshotSchedule, type SnapshotScheduleProps } from "../../modules/snapshot-schedule";
import { synthesize } from "../support/synthesized";

const home = { snapshotTag: "example-test-home", kmsKeyArn: undefined };

const schedule = (props: Partial<SnapshotScheduleProps> = {}) =>
  synthesize((scope) => {
    new SnapshotSchedule(scope, "snapshots", { of: home, everyHours: 1, alarms: "nobody", ...props });
  });

describe("SnapshotSchedule", () => {
  const stack = schedule();
  const policy = stack.one("aws_dlm_lifecycle_policy");

  it("makes snapshots of the volumes with one exact tag", () => {
    expect(policy).toMatchObject({
      state: "ENABLED",
      policy_details: { resource_types: ["VOLUME"], target_tags: { "steadfast:snapshots": "example-test-home" } },
    });
  });

  it("makes one every so many hours, with the volume's tags, by which it is found again, and keeps it for 7 days", () => {
    expect(policy.policy_details).toMatchObject({
      schedule: [
        {
          name: "regular",
          create_rule: { interval: 1, interval_unit: "HOURS", times: ["00:00"] },
          retain_rule: { interval: 7, interval_unit: "DAYS" },
          copy_tags: true,
        },
      ],
    });
  });

  it("keeps them by age and not by number, because those of volumes that are gone would stay for good", () => {
    const [rules] = (policy.policy_details as { schedule: { retain_rule: Record<string, unknown> }[] }).schedule;
    expect(rules?.retain_rule.count).toBeUndefined();
  });

  it("keeps them for as long as is asked", () => {
    expect(schedule({ keepDays: 30 }).one("aws_dlm_lifecycle_policy").policy_details).toMatchObject({
      schedule: [{ retain_rule: { interval: 30, interval_unit: "DAYS" } }],
    });
  });

  it("has a description that Data Lifecycle Manager takes", () => {
    expect(policy.description).toMatch(/^[0-9A-Za-z _-]{1,500}$/);
  });

  it("works as a role of Data Lifecycle Manager, which is there with its permissions before", () => {
    expect(JSON.parse(String(stack.one("aws_iam_role").assume_role_policy))).toMatchObject({
      Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "dlm.amazonaws.com" } }],
    });
    expect(policy.execution_role_arn).toMatch(/^\$\{aws_iam_role\.snapshots_role_\w+\.arn\}$/);
    expect(policy.depends_on).toEqual(stack.addresses(["aws_iam_role_policy"]));
  });

  it("may snapshot the tagged volumes and delete their snapshots, no others", () => {
    const snapshots = expect.stringMatching(/^arn:.*:ec2:eu-west-1::snapshot\/\*$/);
    const tagged = { StringEquals: { "aws:ResourceTag/steadfast:snapshots": "example-test-home" } };
    expect(stack.policiesOf("snapshots").snapshots).toEqual([
      { Effect: "Allow", Action: ["ec2:DescribeVolumes", "ec2:DescribeSnapshots"], Resource: ["*"] },
      {
        Effect: "Allow",
        Action: ["ec2:CreateSnapshot"],
        Resource: [expect.stringMatching(/^arn:.*:ec2:eu-west-1:.*:volume\/\*$/)],
        Condition: tagged,
      },
      { Effect: "Allow", Action: ["ec2:CreateSnapshot", "ec2:CreateTags"], Resource: [snapshots] },
      { Effect: "Allow", Action: ["ec2:DeleteSnapshot"], Resource: [snapshots], Condition: tagged },
    ]);
  });

  it("may use the key of volumes that have one of their own", () => {
    const kmsKeyArn = "arn:aws:kms:eu-west-1:123456789012:key/example";
    const statements = schedule({ of: { ...home, kmsKeyArn } }).policiesOf("snapshots").snapshots ?? [];
    expect(statements.filter(({ Resource }) => Resource.includes(kmsKeyArn)).flatMap(({ Action }) => Action)).toEqual([
      "kms:Decrypt",
      "kms:DescribeKey",
      "kms:GenerateDataKeyWithoutPlaintext",
      "kms:ReEncryptFrom",
      "kms:ReEncryptTo",
      "kms:CreateGrant",
    ]);
  });

  it("rings when a snapshot has failed", () => {
    expect(stack.one("aws_cloudwatch_metric_alarm")).toMatchObject({
      namespace: "AWS/EBS",
      metric_name: "SnapshotsCreateFailed",
      dimensions: { DLMPolicyId: expect.stringMatching(/^\$\{aws_dlm_lifecycle_policy\.snapshots_policy_\w+\.id\}$/) },
      statistic: "Sum",
      period: 3600,
      threshold: 0,
      comparison_operator: "GreaterThanThreshold",
    });
  });

  it.each(SNAPSHOT_HOURS)("takes %d hours", (everyHours) => {
    expect(schedule({ everyHours }).one("aws_dlm_lifecycle_policy").policy_details).toMatchObject({
      schedule: [{ create_rule: { interval: everyHours } }],
    });
  });

  it.each([0, 0.5, 5, 48])("refuses %d hours", (everyHours) => {
    expect(() => schedule({ everyHours })).toThrow(
      `example/snapshots: invalid props\n  everyHours: got ${everyHours}, allowed: 1, 2, 3, 4, 6, 8, 12, 24`,
    );
  });

  it.each([0, 1.5, 36_501])("refuses to keep them for %d days", (keepDays) => {
    expect(() => schedule({ keepDays })).toThrow(`keepDays: got ${keepDays}, allowed: 1 to 36500 days`);
  });
});
