import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Instance } from "../../modules/instance";
import { MachineImage } from "../../modules/machine-image";
import type { Mount } from "../../modules/mount-volume";
import type { Stack } from "../../modules/stack";
import { Volume, type VolumeProps } from "../../modules/volume";
import { Vpc } from "../../modules/vpc";
import { itIsGoodBash } from "../support/good-bash";
import { synthesize } from "../support/synthesized";
import { bootScriptOf } from "../support/handed-over";
import { BootBench, DEVICE, HOME, UUID, VOLUME, type Circumstances } from "./support/volumes";

function machine(stack: Stack, instanceType?: string): Instance {
  return new Instance(stack, "thing", {
    vpc: new Vpc(stack, "vpc", { egress: stack.environment.egress }),
    image: MachineImage.amazonLinux2023(),
    instanceType,
    service: { unit: "thing", port: 8080 },
    alarms: "nobody",
  });
}

const volumeWith = (props: VolumeProps = {}, mount: Partial<Mount> = {}, protectData = false) =>
  synthesize(
    (scope) => {
      new Volume(scope, "home", props).mountOn(machine(scope), { ...HOME, ...mount });
    },
    { protectData },
  );

describe("Volume", () => {
  const stack = volumeWith();
  const volume = stack.one("aws_ebs_volume");

  it("is 20 GiB of encrypted gp3, with the account's key", () => {
    expect(volume).toMatchObject({ size: 20, type: "gp3", encrypted: true });
    expect(volume.kms_key_id).toBeUndefined();
  });

  it("is where the machine's subnet is, so that a new machine does not mean a new volume", () => {
    const [subnet] = Object.keys(stack.resources("aws_subnet")).filter((name) => name.startsWith("vpc_public-0"));
    expect(stack.one("aws_instance").subnet_id).toBe(`\${aws_subnet.${subnet}.id}`);
    expect(volume.availability_zone).toBe(`\${aws_subnet.${subnet}.availability_zone}`);
  });

  it("is named after itself, and says under which name it is snapshotted", () => {
    expect(volume.tags).toEqual({ Name: "example-test-home", "steadfast:snapshots": "example-test-home" });
  });

  it("is attached to the machine, which is stopped before it is taken away, and is never taken by force", () => {
    expect(stack.one("aws_volume_attachment")).toEqual({
      device_name: "/dev/sdf",
      instance_id: expect.stringMatching(/^\$\{aws_instance\.thing_instance_\w+\.id\}$/),
      volume_id: expect.stringMatching(/^\$\{aws_ebs_volume\.home_volume_\w+\.id\}$/),
      stop_instance_before_detaching: true,
    });
  });

  it("has the size, the key and the device that are asked for", () => {
    const kmsKeyArn = "arn:aws:kms:eu-west-1:123456789012:key/example";
    const other = volumeWith({ size: 100, kmsKeyArn }, { device: "/dev/sdg" });
    expect(other.one("aws_ebs_volume")).toMatchObject({ size: 100, encrypted: true, kms_key_id: kmsKeyArn });
    expect(other.one("aws_volume_attachment").device_name).toBe("/dev/sdg");
  });

  it("is destroyed by no plan where the environment protects data, and leaves a last snapshot", () => {
    expect(volumeWith({}, {}, true).one("aws_ebs_volume")).toMatchObject({
      final_snapshot: true,
      lifecycle: { prevent_destroy: true },
    });
    expect(volume.final_snapshot).toBe(false);
    expect(volume.lifecycle).toBeUndefined();
  });

  it.each<[string, VolumeProps, Partial<Mount>]>([
    ["size: got 0, allowed: 1 to 65536 GiB", { size: 0 }, {}],
    ["size: got 65537, allowed: 1 to 65536 GiB", { size: 65_537 }, {}],
    ["size: got 1.5, allowed: 1 to 65536 GiB", { size: 1.5 }, {}],
    ['device: got "/dev/xvda", allowed: /dev/sdf to /dev/sdp', {}, { device: "/dev/xvda" }],
    ['path: got "home", allowed: an absolute path such as /var/lib/jenkins', {}, { path: "home" }],
    ['path: got "/", allowed: an absolute path', {}, { path: "/" }],
    ['path: got "/a b", allowed: an absolute path', {}, { path: "/a b" }],
    ['path: got "/srv/../etc", allowed: an absolute path', {}, { path: "/srv/../etc" }],
    ["user.uid: got -1, allowed: 0 to 65534", {}, { user: { uid: -1, gid: 0 } }],
    ["user.gid: got 65535, allowed: 0 to 65534", {}, { user: { uid: 0, gid: 65_535 } }],
  ])("refuses %s", (message, props, mount) => {
    expect(() => volumeWith(props, mount)).toThrow(`example/home: invalid props\n  ${message}`);
  });

  it("refuses a machine on which it could not be told from other disks", () => {
    const make = () => synthesize((scope) => new Volume(scope, "home").mountOn(machine(scope, "t2.small"), HOME));
    expect(make).toThrow(
      'example/home: invalid props\n  instanceType: got "t2.small", allowed: a type built on the Nitro',
    );
  });

  it("refuses a second machine, and to be on none", () => {
    const twice = () =>
      synthesize((scope) => {
        const volume = new Volume(scope, "home");
        const instance = machine(scope);
        volume.mountOn(instance, HOME);
        volume.mountOn(instance, HOME);
      });
    expect(twice).toThrow('example/home: invalid props\n  mountOn: got "example/thing", allowed: one machine only');
    expect(() => synthesize((scope) => new Volume(scope, "home"))).toThrow("example/home: is mounted on no machine");
  });
});

const script = bootScriptOf(volumeWith());

describe("boot script that mounts a volume", () => {
  itIsGoodBash(script);
});

describe("Volume on its machine", () => {
  let bench: BootBench;
  const boot = (circumstances?: Circumstances) => bench.boot(script, circumstances);
  beforeAll(async () => {
    bench = await BootBench.create();
  });
  afterAll(() => bench.remove());

  it("with data: is found by its id, mounted, grown to its size and given to its user before the service starts", async () => {
    const { status, calls } = await boot();
    expect(status).toBe(0);
    const steps = calls.filter((call) => /^(test|blkid|mkfs|mkdir|mount|xfs|systemctl)|^install -d -m 0750/.test(call));
    expect(steps).toEqual([
      `test -b ${DEVICE}`,
      `blkid --probe ${DEVICE}`,
      `blkid --probe --match-tag UUID --output value ${DEVICE}`,
      "mkdir --parents /var/lib/thing",
      `mount --types xfs --options nodev,nosuid ${DEVICE} /var/lib/thing`,
      "xfs_growfs /var/lib/thing",
      "install -d -m 0750 -o 1500 -g 1500 /var/lib/thing",
      "systemctl daemon-reload",
      "systemctl enable --now thing.service",
    ]);
  });

  it("is mounted by every later boot, which does not wait for it", async () => {
    expect((await boot()).fstab).toBe(`UUID=${UUID} /var/lib/thing xfs nodev,nosuid,nofail 0 0\n`);
  });

  it("with nothing on it: gets a file system first, which mkfs is never forced to make", async () => {
    const { status, calls } = await boot({ blkid: 2 });
    expect(status).toBe(0);
    const made = calls.indexOf(`mkfs.xfs ${DEVICE}`);
    expect(made).toBeGreaterThan(calls.indexOf(`blkid --probe ${DEVICE}`));
    expect(made).toBeLessThan(calls.indexOf(`mount --types xfs --options nodev,nosuid ${DEVICE} /var/lib/thing`));
  });

  it.each([
    ["that holds several things at once", 8],
    ["that cannot be looked at", 4],
  ])("%s: is not formatted, and the service does not start", async (_, blkid) => {
    const { status, calls, stderr } = await boot({ blkid });
    expect(status).not.toBe(0);
    expect(stderr).toContain(`what is on ${VOLUME} cannot be told: blkid ended with ${blkid}`);
    expect(calls.filter((call) => /^(mkfs|mount|systemctl)/.test(call))).toEqual([]);
  });

  it.each<[string, Circumstances, string]>([
    ["whose disk never shows", { noDevice: true }, `${VOLUME} is there as ${DEVICE}: not within 300 s`],
    ["that cannot be formatted", { blkid: 2, failing: ["mkfs.xfs"] }, "boot failed"],
    ["that cannot be mounted", { failing: ["mount"] }, "boot failed"],
    ["that cannot be grown", { failing: ["xfs_growfs"] }, "boot failed"],
  ])("%s: is no part of later boots, and the service does not start", async (_, circumstances, message) => {
    const { status, calls, stderr, fstab } = await boot(circumstances);
    expect(status).not.toBe(0);
    expect(stderr).toContain(message);
    expect(fstab).toBe("");
    expect(calls).not.toContain("systemctl enable --now thing.service");
  });
});
