import { describe, expect, it } from "@jest/globals";
import { AlarmTopic } from "../../modules/alarms";
import { ExistingVpc } from "../../modules/existing-vpc";
import { FileSystem, type FileSystemProps, type MountProps } from "../../modules/file-system";
import { Vpc } from "../../modules/vpc";
import { curlOf, machineForEachTest, type Boot, type StandIns } from "../support/booted-machine";
import { bootScriptOf } from "../support/handed-over";
import { fleet } from "../support/fleet";
import { statementsOf, synthesize } from "../support/synthesized";

const TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms";
const HOME: MountProps = { path: "/var/lib/thing", user: { uid: 1500, gid: 1501 } };

const fileSystemWith = (props: Partial<FileSystemProps> = {}, protectData = false) =>
  synthesize(
    (scope) => {
      const vpc = new Vpc(scope, "vpc", { egress: "public-ip" });
      new FileSystem(scope, "home", { vpc, alarms: "nobody", ...props });
    },
    { protectData },
  );

const mountedWith = (props: Partial<MountProps> = {}) =>
  synthesize((scope) => {
    const vpc = new Vpc(scope, "files-vpc", { egress: "public-ip" });
    new FileSystem(scope, "home", { vpc, alarms: "nobody" }).mountOn(fleet(scope), { ...HOME, ...props });
  });
const mounted = mountedWith();

describe("FileSystem", () => {
  const stack = fileSystemWith();
  const resource = stack.one("aws_efs_file_system");

  it("is encrypted, and its throughput is whatever is used", () => {
    expect(resource).toMatchObject({
      encrypted: true,
      performance_mode: "generalPurpose",
      throughput_mode: "elastic",
      tags: { Name: "example-test-home" },
    });
  });

  it("moves files that nobody has read for 30 days to the cheaper class, and back when somebody does", () => {
    expect(resource.lifecycle_policy).toEqual([
      { transition_to_ia: "AFTER_30_DAYS" },
      { transition_to_primary_storage_class: "AFTER_1_ACCESS" },
    ]);
  });

  it("knows that one day is no days", () => {
    const [first] = fileSystemWith({ infrequentAccessAfterDays: 1 }).one("aws_efs_file_system")
      .lifecycle_policy as unknown[];
    expect(first).toEqual({ transition_to_ia: "AFTER_1_DAY" });
  });

  it("has a mount target in the private subnet of every zone, open to nobody at first", () => {
    expect(stack.all("aws_efs_mount_target")).toMatchObject([
      {
        subnet_id: expect.stringMatching(/vpc_private-0/),
        security_groups: [expect.stringMatching(/home_security-group/)],
      },
      {
        subnet_id: expect.stringMatching(/vpc_private-1/),
        security_groups: [expect.stringMatching(/home_security-group/)],
      },
    ]);
    expect(stack.all("aws_vpc_security_group_ingress_rule")).toEqual([]);
  });

  it("refuses clients without TLS and allows nothing itself, so that only who is granted may mount", () => {
    expect(statementsOf(stack.one("aws_efs_file_system_policy").policy)).toEqual([
      {
        Sid: "DenyWithoutTls",
        Effect: "Deny",
        Principal: "*",
        Action: [
          "elasticfilesystem:ClientMount",
          "elasticfilesystem:ClientRootAccess",
          "elasticfilesystem:ClientWrite",
        ],
        Resource: [expect.stringMatching(/^\$\{aws_efs_file_system\.home_file-system_\w+\.arn\}$/)],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ]);
  });

  it("can be reached only once that policy is in force: without one EFS lets in everybody", () => {
    const [policy] = stack.addresses(["aws_efs_file_system_policy"]);
    for (const target of stack.all("aws_efs_mount_target")) expect(target.depends_on).toEqual([policy]);
  });

  it("is backed up daily unless it is told not to be", () => {
    expect(stack.one("aws_efs_backup_policy").backup_policy).toEqual({ status: "ENABLED" });
    expect(fileSystemWith({ backups: false }).one("aws_efs_backup_policy").backup_policy).toEqual({
      status: "DISABLED",
    });
  });

  it("cannot be destroyed by a plan where the environment protects data, and can elsewhere", () => {
    expect(fileSystemWith({}, true).one("aws_efs_file_system").lifecycle).toEqual({ prevent_destroy: true });
    expect(resource.lifecycle).toBeUndefined();
  });

  it("rings when it has been at its limit of operations for a quarter of an hour", () => {
    const alarm = synthesize(
      (scope) => {
        const vpc = new Vpc(scope, "vpc", { egress: "public-ip" });
        new FileSystem(scope, "home", { vpc, alarms: AlarmTopic.fromEnvironment(scope, "alarms") });
      },
      { alarms: { topicArn: TOPIC } },
    ).one("aws_cloudwatch_metric_alarm");
    expect(alarm).toMatchObject({
      namespace: "AWS/EFS",
      metric_name: "PercentIOLimit",
      dimensions: { FileSystemId: expect.stringMatching(/home_file-system/) },
      statistic: "Average",
      threshold: 95,
      period: 60,
      evaluation_periods: 15,
      alarm_actions: [TOPIC],
    });
  });

  it("refuses days that EFS does not offer", () => {
    expect(() => fileSystemWith({ infrequentAccessAfterDays: 31 })).toThrow(
      "example/home: invalid props\n  infrequentAccessAfterDays: got 31, allowed: 1, 7, 14, 30, 60, 90, 180, 270, 365",
    );
  });

  it("refuses a VPC whose subnets it cannot count", () => {
    const make = () =>
      synthesize((scope) => {
        const tags = { Name: "shared" };
        const vpc = new ExistingVpc(scope, "vpc", {
          tags,
          publicSubnetTags: tags,
          privateSubnetTags: tags,
          egress: "none",
        });
        new FileSystem(scope, "home", { vpc, alarms: "nobody" });
      });
    expect(make).toThrow("example/home: vpc must be made in this stack");
  });
});

describe("FileSystem that a fleet mounts", () => {
  it("shows it one folder, in which everything is the given user's", () => {
    expect(mounted.one("aws_efs_access_point")).toMatchObject({
      posix_user: { uid: 1500, gid: 1501 },
      root_directory: {
        path: "/things",
        creation_info: { owner_uid: 1500, owner_gid: 1501, permissions: "0750" },
      },
    });
  });

  it("shows another folder, with other permissions, when it is told to", () => {
    expect(
      mountedWith({ directory: "/shared/home", permissions: "0700" }).one("aws_efs_access_point").root_directory,
    ).toMatchObject({ path: "/shared/home", creation_info: { permissions: "0700" } });
  });

  it("accepts NFS from that fleet, and nothing from anybody else", () => {
    expect(mounted.one("aws_vpc_security_group_ingress_rule")).toMatchObject({
      security_group_id: expect.stringMatching(/home_security-group/),
      referenced_security_group_id: expect.stringMatching(/things_security-group/),
      ip_protocol: "tcp",
      from_port: 2049,
      to_port: 2049,
    });
  });

  it("lets its role read and write by that access point and a mount target, and never act as root", () => {
    expect(mounted.policiesOf("things").home).toEqual([
      {
        Effect: "Allow",
        Action: ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
        Resource: [expect.stringMatching(/^\$\{aws_efs_file_system\.home_file-system_\w+\.arn\}$/)],
        Condition: {
          StringEquals: {
            "elasticfilesystem:AccessPointArn": expect.stringMatching(/^\$\{aws_efs_access_point\.\w+.*\.arn\}$/),
          },
          Bool: { "elasticfilesystem:AccessedViaMountTarget": "true" },
        },
      },
    ]);
  });

  it("is there, with its policy, before a machine starts", () => {
    const needed = mounted.addresses(["aws_efs_mount_target", "aws_efs_file_system_policy"]);
    expect(needed).toHaveLength(3);
    expect(mounted.one("aws_autoscaling_group").depends_on).toEqual(expect.arrayContaining(needed));
  });

  it("refuses a path that leads out of itself", () => {
    expect(() => mountedWith({ path: "/var/../etc" })).toThrow('path: got "/var/../etc", allowed: an absolute path');
    expect(() => mountedWith({ directory: "/.." })).toThrow('directory: got "/..", allowed: an absolute path');
  });

  it("refuses a path, a user and permissions that cannot be, all at once", () => {
    const make = () =>
      mountedWith({ path: "var lib", user: { uid: 0, gid: -1 }, directory: "/a/b/c/d/e", permissions: "rwx" });
    expect(make).toThrow(/path: got "var lib", allowed: an absolute path/);
    expect(make).toThrow(/directory: got "\/a\/b\/c\/d\/e", allowed: .* at most four levels deep/);
    expect(make).toThrow("user.uid: got 0, allowed: 1 to 4294967295");
    expect(make).toThrow("user.gid: got -1, allowed: 1 to 4294967295");
    expect(make).toThrow('permissions: got "rwx", allowed: three or four octal digits');
  });
});

describe("A machine that mounts a file system", () => {
  const script = bootScriptOf(mounted);
  const options = "_netdev,noresvport,tls,iam,accesspoint=fsap-0123456789abcdef0";
  const machine = machineForEachTest();

  const boot = (standIns: StandIns = {}): Boot =>
    machine().boot(script, { curl: curlOf({ "instance-id": "i-0123456789abcdef0" }, true), ...standIns });
  const callsOf = ({ calls }: Boot, command: string) => calls.filter((call) => call.startsWith(command));

  it("does so over TLS with its role, before its service starts", () => {
    const { status, calls } = boot();
    expect(status).toBe(0);
    const mount = `mount -t efs -o ${options} fs-0123456789abcdef0 ${machine().root}/var/lib/thing`;
    expect(calls).toContain(mount);
    expect(calls.indexOf(mount)).toBeLessThan(calls.indexOf("systemctl enable --now thing.service"));
  });

  it("does so again at every later boot", () => {
    boot();
    expect(machine().file("etc/fstab")?.toString()).toBe(
      `fs-0123456789abcdef0 ${machine().root}/var/lib/thing efs ${options} 0 0\n`,
    );
  });

  it("tries until the mount target answers, and remembers it once", () => {
    const result = boot({ mount: "echo >> @root/tries; [[ $(wc -l < @root/tries) -eq 3 ]]" });
    expect(result.status).toBe(0);
    expect(callsOf(result, "mount")).toHaveLength(3);
    expect(machine().file("etc/fstab")?.toString().match(/\n/g)).toHaveLength(1);
  });

  it.each<[string, StandIns]>([
    ["refuses", { mount: "exit 32" }],
    // As timeout ends what hangs; it does not wait here.
    ["never answers", { timeout: "exit 124" }],
  ])("whose file system %s: gives up in time, starts nothing, and leaves nothing for the next boot", (_, standIns) => {
    const result = boot(standIns);
    expect(result.status).not.toBe(0);
    expect(result.stderr).toContain("file system fs-0123456789abcdef0 mounted at");
    expect(result.stderr).toContain("not within 300 s");
    expect(callsOf(result, "aws autoscaling")).toEqual([expect.stringContaining("ABANDON")]);
    expect(callsOf(result, "systemctl")).toEqual([]);
    expect(machine().file("etc/fstab")).toBeUndefined();
  });

  it("limits each try, because one that hangs would outlast the boot", () => {
    const result = boot({ timeout: 'shift 2; exec "$@"' });
    expect(callsOf(result, "timeout")).toEqual([expect.stringMatching(/^timeout --kill-after=5 30 mount -t efs /)]);
  });
});
