import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { AutoScalingGroup, Capacity } from "../../modules/auto-scaling-group";
import type { Mount } from "../../modules/mount-volume";
import { RestoredVolume, type RestoredVolumeProps } from "../../modules/restored-volume";
import type { Stack } from "../../modules/stack";
import { fleet } from "../support/fleet";
import { itIsGoodBash } from "../support/good-bash";
import { synthesize } from "../support/synthesized";
import { bootScriptOf } from "../support/handed-over";
import { BootBench, DEVICE, HOME, INSTANCE, UUID, VOLUME, type Circumstances } from "./support/volumes";

const one: Capacity = { min: 1, max: 1 };
const fleetOf = (scope: Stack, capacity: Capacity): AutoScalingGroup =>
  fleet(scope, { capacity, health: { check: "EC2", gracePeriod: 600 } });

const restored = (props: RestoredVolumeProps = {}, mount: Partial<Mount> = {}, capacity = one) =>
  synthesize((scope) => {
    new RestoredVolume(scope, "home", props).mountOn(fleetOf(scope, capacity), { ...HOME, ...mount });
  });

describe("RestoredVolume", () => {
  it("is made by machines alone: Terraform knows no volume", () => {
    expect(restored().addresses(["aws_ebs_volume", "aws_volume_attachment"])).toEqual([]);
  });

  it("may be made, attached and deleted by its own machines only, and from its own snapshots only", () => {
    const own = (resource: string) => expect.stringMatching(new RegExp(`^arn:.*:ec2:eu-west-1:.*:${resource}/\\*$`));
    const name = "example-test-home";
    expect(restored().policiesOf("things").home).toEqual([
      { Effect: "Allow", Action: ["ec2:DescribeSnapshots", "ec2:DescribeVolumes"], Resource: ["*"] },
      {
        Effect: "Allow",
        Action: ["ec2:CreateVolume"],
        Resource: [own("volume")],
        Condition: {
          StringEquals: { "aws:RequestTag/steadfast:made-for": name },
          Bool: { "ec2:Encrypted": "true" },
        },
      },
      {
        Effect: "Allow",
        Action: ["ec2:CreateVolume"],
        Resource: [expect.stringMatching(/^arn:.*:ec2:eu-west-1::snapshot\/\*$/)],
        Condition: { StringEquals: { "aws:ResourceTag/steadfast:snapshots": name } },
      },
      {
        Effect: "Allow",
        Action: ["ec2:CreateTags"],
        Resource: [own("volume")],
        Condition: {
          StringEquals: { "aws:RequestTag/steadfast:made-for": name, "ec2:CreateAction": "CreateVolume" },
          "ForAllValues:StringEquals": {
            "aws:TagKeys": ["Project", "Environment", "Stack", "ManagedBy", "Name", "steadfast:made-for"],
          },
        },
      },
      {
        Effect: "Allow",
        Action: ["ec2:CreateTags"],
        Resource: [own("volume")],
        Condition: {
          StringEquals: {
            "aws:ResourceTag/steadfast:made-for": name,
            "aws:RequestTag/steadfast:snapshots": name,
          },
          "ForAllValues:StringEquals": { "aws:TagKeys": ["steadfast:snapshots"] },
        },
      },
      {
        Effect: "Allow",
        Action: ["ec2:AttachVolume", "ec2:DeleteVolume", "ec2:DetachVolume", "ec2:ModifyInstanceAttribute"],
        Resource: [own("volume")],
        Condition: { StringEquals: { "aws:ResourceTag/steadfast:made-for": name } },
      },
      {
        Effect: "Allow",
        Action: ["ec2:AttachVolume", "ec2:DetachVolume", "ec2:ModifyInstanceAttribute"],
        Resource: [own("instance")],
        Condition: { StringEquals: { "aws:ResourceTag/Name": "example-test-things" } },
      },
    ]);
  });

  it("with a key of one's own: that key may be used, through EC2 alone", () => {
    const kmsKeyArn = "arn:aws:kms:eu-west-1:123456789012:key/example";
    const stack = restored({ kmsKeyArn });
    const viaEc2 = { StringEquals: { "kms:ViaService": "ec2.eu-west-1.amazonaws.com" } };
    expect(stack.policiesOf("things").home?.slice(-2)).toMatchObject([
      { Action: expect.arrayContaining(["kms:Decrypt"]), Resource: [kmsKeyArn], Condition: viaEc2 },
      {
        Action: ["kms:CreateGrant"],
        Resource: [kmsKeyArn],
        Condition: { ...viaEc2, Bool: { "kms:GrantIsForAWSResource": "true" } },
      },
    ]);
    expect(bootScriptOf(stack)).toContain(`--encrypted --kms-key-id ${kmsKeyArn}`);
  });

  it("refuses a fleet of two machines, and a second fleet", () => {
    expect(() => restored({}, {}, { min: 1, max: 2 })).toThrow(
      "example/home: invalid props\n  mountOn: got 2, allowed: a fleet with capacity.max 1",
    );
    const twice = () =>
      synthesize((scope) => {
        const volume = new RestoredVolume(scope, "home");
        const things = fleetOf(scope, one);
        volume.mountOn(things, HOME);
        volume.mountOn(things, HOME);
      });
    expect(twice).toThrow('example/home: invalid props\n  mountOn: got "example/things", allowed: one fleet only');
  });

  it("refuses machines on which it could not be told from other disks", () => {
    const make = () =>
      synthesize((scope) => {
        new RestoredVolume(scope, "home").mountOn(fleet(scope, { capacity: one, instanceType: "m4.large" }), HOME);
      });
    expect(make).toThrow(
      'example/home: invalid props\n  instanceType: got "m4.large", allowed: a type built on the Nitro',
    );
  });

  it("refuses what no volume can be", () => {
    expect(() => restored({ size: 0 })).toThrow("example/home: invalid props\n  size: got 0, allowed: 1 to 65536 GiB");
    expect(() => restored({}, { device: "/dev/sda" })).toThrow('device: got "/dev/sda", allowed: /dev/sdf to /dev/sdp');
  });
});

const script = bootScriptOf(restored());

describe("boot script that restores a volume", () => {
  itIsGoodBash(script);

  it("is far from the 16 kB that EC2 takes", () => {
    expect(script.length).toBeLessThan(8_192);
  });
});

describe("RestoredVolume on a new machine", () => {
  let bench: BootBench;
  const boot = (circumstances?: Circumstances) => bench.boot(script, circumstances);
  beforeAll(async () => {
    bench = await BootBench.create();
  });
  afterAll(() => bench.remove());

  const ec2 = (calls: readonly string[], command: string) =>
    calls.filter((call) => call.startsWith(`aws ec2 ${command} `));
  const reports = (calls: readonly string[]) => calls.filter((call) => call.startsWith("aws autoscaling"));
  const snapshots = [
    "2026-11-02T10:00:04.120000+00:00\tsnap-0000000000000000b\t20",
    "2026-11-02T11:00:04.500000+00:00\tsnap-0000000000000000c\t30",
    "2026-11-01T11:00:04.500000+00:00\tsnap-0000000000000000a\t20",
  ];

  it("is made from the newest of several snapshots, in the machine's zone, and is as large as the snapshot", async () => {
    const { status, calls } = await boot({ snapshots });
    expect(status).toBe(0);
    expect(ec2(calls, "create-volume")).toEqual([
      `aws ec2 create-volume --client-token ${INSTANCE}-sdf-snap-0000000000000000c --snapshot-id snap-0000000000000000c ` +
        "--availability-zone eu-west-1b --volume-type gp3 --encrypted --size 30 --tag-specifications " +
        "ResourceType=volume,Tags=[{Key=Project,Value=steadfast},{Key=Environment,Value=test},{Key=Stack,Value=example}," +
        "{Key=ManagedBy,Value=cdktf},{Key=Name,Value=example-test-home},{Key=steadfast:made-for,Value=example-test-home}] " +
        "--query VolumeId --output text --region eu-west-1",
    ]);
  });

  it("looks for complete snapshots of its own account with its own tag", async () => {
    expect(ec2((await boot({ snapshots })).calls, "describe-snapshots")).toEqual([
      "aws ec2 describe-snapshots --owner-ids self --filters Name=tag:steadfast:snapshots,Values=example-test-home " +
        "Name=status,Values=completed --query Snapshots[].[StartTime, SnapshotId, VolumeSize] --output text --region eu-west-1",
    ]);
  });

  it("without any snapshot: is empty, has the size that is asked for, and gets a file system", async () => {
    const { status, calls } = await boot({ blkid: 2 });
    expect(status).toBe(0);
    const [create = ""] = ec2(calls, "create-volume");
    expect(create).not.toContain("--snapshot-id");
    expect(create).toContain("--encrypted --size 20 ");
    expect(calls).toContain(`mkfs.xfs ${DEVICE}`);
  });

  it("from a snapshot: is never formatted", async () => {
    const { calls } = await boot({ snapshots });
    expect(calls.filter((call) => call.startsWith("mkfs"))).toEqual([]);
  });

  it("is attached, goes with the machine, is mounted, and only then the service starts", async () => {
    const { calls, fstab } = await boot({ snapshots });
    const positions = [
      `aws ec2 attach-volume --volume-id ${VOLUME} --device /dev/sdf --instance-id ${INSTANCE} --region eu-west-1`,
      `aws ec2 modify-instance-attribute --instance-id ${INSTANCE} --block-device-mappings ` +
        "DeviceName=/dev/sdf,Ebs={DeleteOnTermination=true} --region eu-west-1",
      `test -b ${DEVICE}`,
      `mount --types xfs --options nodev,nosuid ${DEVICE} /var/lib/thing`,
      "install -d -m 0750 -o 1500 -g 1500 /var/lib/thing",
      "systemctl enable --now thing.service",
    ].map((call) => calls.indexOf(call));
    expect(positions).not.toContain(-1);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    expect(fstab).toBe(`UUID=${UUID} /var/lib/thing xfs nodev,nosuid,nofail 0 0\n`);
  });

  it("is snapshotted from the moment that the service answers, before success is reported", async () => {
    const { calls } = await boot({ snapshots });
    expect(calls.slice(-2)).toEqual([
      `aws ec2 create-tags --resources ${VOLUME} --tags Key=steadfast:snapshots,Value=example-test-home --region eu-west-1`,
      expect.stringMatching(/^aws autoscaling complete-lifecycle-action .* --lifecycle-action-result CONTINUE$/),
    ]);
  });

  it("whose snapshot vanishes while it is used: is made from the newest that is left", async () => {
    const { status, calls } = await boot({ snapshots, vanishes: true });
    expect(status).toBe(0);
    expect(ec2(calls, "create-volume").map((call) => / --snapshot-id (\S+)/.exec(call)?.[1])).toEqual([
      "snap-0000000000000000c",
      "snap-0000000000000000b",
    ]);
  });

  it.each([
    ["snapshots cannot be listed", "describe-snapshots"],
    ["volume cannot be made", "create-volume"],
  ])("whose %s: nothing is made, the service does not start, ABANDON is reported", async (_, command) => {
    const { status, calls, stderr } = await boot({ snapshots, failing: [command] });
    expect(status).not.toBe(0);
    expect(stderr).toContain("a volume is made: not within 300 s\n");
    expect(ec2(calls, "attach-volume")).toEqual([]);
    expect(ec2(calls, "delete-volume")).toEqual([]);
    expect(calls).not.toContain("systemctl enable --now thing.service");
    expect(reports(calls)).toEqual([expect.stringMatching(/ABANDON$/)]);
  });

  it.each<[string, Circumstances, string]>([
    ["volume never becomes available", { stuck: "creating" }, "is available"],
    ["attachment is refused", { failing: ["attach-volume"] }, "is attached"],
    ["deletion with the machine is refused", { failing: ["modify-instance-attribute"] }, "goes with the machine"],
  ])("whose %s: the volume is deleted again, and ABANDON is reported", async (_, circumstances, what) => {
    const { status, calls, stderr } = await boot({ snapshots, ...circumstances });
    expect(status).not.toBe(0);
    expect(stderr).toContain(`volume ${VOLUME} ${what}: not within 300 s\n`);
    expect(ec2(calls, "delete-volume")).toEqual([`aws ec2 delete-volume --volume-id ${VOLUME} --region eu-west-1`]);
    expect(calls.filter((call) => /^(blkid|mkfs|mount|systemctl)/.test(call))).toEqual([]);
    expect(reports(calls)).toEqual([expect.stringMatching(/ABANDON$/)]);
  });

  it("that is attached already is detached before it is deleted", async () => {
    const { calls } = await boot({ snapshots, failing: ["modify-instance-attribute"] });
    expect(calls.filter((call) => /^aws ec2 (detach|delete|wait)/.test(call))).toEqual([
      `aws ec2 detach-volume --volume-id ${VOLUME} --region eu-west-1`,
      `aws ec2 wait volume-available --volume-ids ${VOLUME} --region eu-west-1`,
      `aws ec2 delete-volume --volume-id ${VOLUME} --region eu-west-1`,
    ]);
  });

  it("that cannot be deleted either: both are said, what failed first comes first", async () => {
    const { status, calls, stderr } = await boot({ snapshots, failing: ["attach-volume", "delete-volume"] });
    expect(status).not.toBe(0);
    const [first, second] = [`volume ${VOLUME} is attached: not within`, `volume ${VOLUME} is left behind`];
    expect(stderr).toMatch(new RegExp(`${first}[^]*${second}`));
    expect(reports(calls)).toEqual([expect.stringMatching(/ABANDON$/)]);
  });

  it.each<[string, Circumstances]>([
    ["disk never shows", { noDevice: true }],
    ["file system cannot be mounted", { failing: ["mount"] }],
    ["content cannot be told", { blkid: 8 }],
  ])(
    "whose %s: the service does not start, and the volume goes with the machine that is given up",
    async (_, facts) => {
      const { status, calls } = await boot({ snapshots, ...facts });
      expect(status).not.toBe(0);
      expect(ec2(calls, "modify-instance-attribute")).toHaveLength(1);
      expect(calls).not.toContain("systemctl enable --now thing.service");
      expect(ec2(calls, "create-tags")).toEqual([]);
      expect(new Set(reports(calls))).toEqual(new Set([expect.stringMatching(/ABANDON$/)]));
    },
  );

  it("that cannot be marked for snapshots: the machine is given up", async () => {
    const { status, calls } = await boot({ snapshots, failing: ["create-tags"] });
    expect(status).not.toBe(0);
    expect(reports(calls)).toEqual([expect.stringMatching(/ABANDON$/)]);
  });
});
