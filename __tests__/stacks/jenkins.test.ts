import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { loadEnvironment } from "../../environments";
import { grantsOf } from "./support/grants";
import { bootScriptOf } from "../support/handed-over";
import { JENKINS, synthesizeJenkins } from "./support/jenkins";
import type { Synthesized } from "../support/synthesized";

const stacks = new Map(
  JENKINS.map((name) => [name, synthesizeJenkins(name, { operatorNetworks: ["203.0.113.0/24"] })]),
);
const stack = (name: (typeof JENKINS)[number]): Synthesized => {
  const found = stacks.get(name);
  if (!found) throw new Error(name);
  return found;
};
const GROUPS = JENKINS.filter((name) => name !== "jenkins-recovery");

describe.each(JENKINS)("%s", (name) => {
  const one = stack(name);

  it("is a t3.small of the image that the pipeline has published, with IMDSv2 only", () => {
    const machine = one.all("aws_instance")[0] ?? one.one("aws_launch_template");
    expect(machine).toMatchObject({
      instance_type: "t3.small",
      metadata_options: { http_tokens: "required", http_put_response_hop_limit: 1 },
    });
    expect(machine.ami ?? machine.image_id).toMatch(/\/images\/jenkins"\]/);
    expect(machine.key_name).toBeUndefined();
  });

  it("answers on port 8080, and to the operators' networks alone", () => {
    expect(one.all("aws_vpc_security_group_ingress_rule", "jenkins_")).toMatchObject([
      { cidr_ipv4: "203.0.113.0/24", from_port: 8080, to_port: 8080, ip_protocol: "tcp" },
    ]);
    for (const rule of one.all("aws_vpc_security_group_ingress_rule")) expect(rule.cidr_ipv4).not.toBe("0.0.0.0/0");
    expect(bootScriptOf(one)).toContain("readonly HEALTH_URL=http://127.0.0.1:8080/login\n");
  });

  it("answers to nobody unless the environment names networks", () => {
    expect(synthesizeJenkins(name).all("aws_vpc_security_group_ingress_rule", "jenkins_")).toEqual([]);
  });

  it("says where Jenkins is and who its user is", () => {
    expect(one.json.output).toMatchObject({
      url: { value: expect.stringMatching(/^http:\/\/.*:8080\/$/) },
      user: { value: "admin" },
      machine: { value: `${name}-test-jenkins` },
    });
  });

  it("takes a password of 8 to 40 characters, once", () => {
    expect(one.json).toMatchObject({
      variable: {
        admin_password: {
          type: "string",
          sensitive: true,
          ephemeral: true,
          default: null,
          validation: [{ condition: expect.stringContaining('regex("^[!-~]{8,40}$", var.admin_password)') }],
        },
      },
    });
  });

  it("writes the password to the secret and to nothing else", () => {
    const text = JSON.stringify(one.json);
    const uses = text.split("var.admin_password").length - 1;
    const version = JSON.stringify(one.one("aws_secretsmanager_secret_version"));
    const validation = 3;
    expect(version.split("var.admin_password").length - 1 + validation).toBe(uses);
    expect(one.one("aws_secretsmanager_secret_version")).toMatchObject({ secret_string_wo_version: 1 });
    expect(one.one("aws_secretsmanager_secret_version").secret_string).toBeUndefined();
  });

  it("refuses a password that Jenkins would take for a hash", () => {
    expect(one.json).toMatchObject({
      variable: {
        admin_password: {
          validation: [
            {
              condition: expect.stringContaining('&& !can(regex("^#jbcrypt:", var.admin_password))'),
              error_message: expect.stringMatching(/: 8 to 40 characters, .*, not beginning with #jbcrypt:\.$/),
            },
          ],
        },
      },
    });
  });

  it("replaces its machine for a new password, because that is another secret", () => {
    const next = synthesizeJenkins(name, { adminPasswordVersion: 2 });
    expect(one.one("aws_secretsmanager_secret").name_prefix).toBe(`${name}-test-admin-password-v1-`);
    expect(next.one("aws_secretsmanager_secret").name_prefix).toBe(`${name}-test-admin-password-v2-`);
  });

  it("stands over two zones' subnets, with public addresses where machines are hidden as well", () => {
    const hidden = synthesizeJenkins(name, { egress: "nat-gateway" });
    expect(hidden.all("aws_subnet")).toHaveLength(4);
    expect(hidden.all("aws_nat_gateway")).toEqual([]);
    const group = hidden.all("aws_autoscaling_group")[0];
    const subnets = group?.vpc_zone_identifier ?? [hidden.one("aws_instance").subnet_id];
    for (const subnet of subnets as string[]) expect(subnet).toMatch(/vpc_public-\d/);
    const gives = { map_public_ip_on_launch: true };
    expect(hidden.all("aws_subnet", "vpc_public")).toMatchObject([gives, gives]);
  });
});

describe("jenkins-recovery", () => {
  const one = stack("jenkins-recovery");

  it("is one machine, recovered when five system status checks in a row have failed", () => {
    expect(one.all("aws_autoscaling_group")).toEqual([]);
    expect(one.one("aws_cloudwatch_metric_alarm", "jenkins_recovery")).toMatchObject({
      metric_name: "StatusCheckFailed_System",
      namespace: "AWS/EC2",
      statistic: "Maximum",
      period: 60,
      evaluation_periods: 5,
      threshold: 0,
      comparison_operator: "GreaterThanThreshold",
      alarm_actions: [expect.stringMatching(/:automate:eu-west-1:ec2:recover$/)],
    });
  });

  it("keeps home on an encrypted volume of 20 GiB in the machine's zone, which outlives the machine", () => {
    const { availability_zone, ...volume } = one.one("aws_ebs_volume");
    expect(volume).toMatchObject({ size: 20, type: "gp3", encrypted: true });
    expect(availability_zone).toMatch(/^\$\{aws_subnet\.vpc_public-0_\w+\.availability_zone\}$/);
    expect(one.one("aws_instance").subnet_id).toMatch(/vpc_public-0/);
    expect(one.one("aws_volume_attachment").instance_id).toMatch(/^\$\{aws_instance\.jenkins_/);
  });

  it("has snapshots of its volume where the environment makes some", () => {
    const snapshotted = synthesizeJenkins("jenkins-recovery", { snapshotEveryHours: 24 });
    expect(one.all("aws_dlm_lifecycle_policy")).toEqual([]);
    expect(snapshotted.one("aws_dlm_lifecycle_policy").policy_details).toMatchObject({
      target_tags: { "steadfast:snapshots": "jenkins-recovery-test-home" },
      schedule: [{ create_rule: { interval: 24, interval_unit: "HOURS" } }],
    });
    expect(snapshotted.one("aws_ebs_volume").tags).toMatchObject({
      "steadfast:snapshots": "jenkins-recovery-test-home",
    });
  });

  it("has one Elastic IP, which is in its URL", () => {
    const [address = ""] = Object.keys(one.resources("aws_eip"));
    expect(one.one("aws_eip_association")).toMatchObject({
      allocation_id: `\${aws_eip.${address}.id}`,
      instance_id: expect.stringMatching(/^\$\{aws_instance\.jenkins_/),
    });
    expect(one.json.output.url?.value).toBe(`http://\${aws_eip.${address}.public_ip}:8080/`);
  });

  it("may read its password and nothing else of AWS", () => {
    expect(grantsOf(one, "jenkins")).toEqual([
      "secretsmanager:GetSecretValue ${aws_secretsmanager_secret.admin-password_secret.arn}",
    ]);
  });
});

describe.each(GROUPS)("the group of %s", (name) => {
  const group = stack(name).one("aws_autoscaling_group");

  it("has exactly one machine in one of two zones, replaced when EC2 says that it has failed", () => {
    expect(group).toMatchObject({
      min_size: 1,
      max_size: 1,
      health_check_type: "EC2",
      health_check_grace_period: 600,
      vpc_zone_identifier: { length: 2 },
    });
  });

  it("never has two machines, whyever one is replaced", () => {
    const one = { min_healthy_percentage: 0, max_healthy_percentage: 100 };
    expect(group.instance_refresh).toMatchObject({ preferences: one });
    expect(group.instance_maintenance_policy).toEqual(one);
  });
});

describe("jenkins-multiaz", () => {
  it("keeps home on the machine's own disk of 20 GiB", () => {
    const one = stack("jenkins-multiaz");
    expect(one.one("aws_launch_template").block_device_mappings).toMatchObject([{ ebs: { volume_size: 20 } }]);
    expect(one.addresses(["aws_ebs_volume", "aws_efs_file_system", "aws_eip", "aws_dlm_lifecycle_policy"])).toEqual([]);
  });

  it("begins from the newest snapshot where the environment makes some", () => {
    const one = synthesizeJenkins("jenkins-multiaz", { snapshotEveryHours: 6 });
    expect(one.one("aws_dlm_lifecycle_policy")).toMatchObject({
      state: "ENABLED",
      policy_details: {
        resource_types: ["VOLUME"],
        target_tags: { "steadfast:snapshots": "jenkins-multiaz-test-home" },
        schedule: [{ create_rule: { interval: 6, interval_unit: "HOURS" } }],
      },
    });
    expect(bootScriptOf(one)).toContain("Name=tag:steadfast:snapshots,Values=jenkins-multiaz-test-home");
  });

  it("names the machine that runs in its URL", () => {
    const one = stack("jenkins-multiaz");
    expect(Object.values(one.json.data.aws_instances ?? {})).toMatchObject([
      { instance_tags: { Name: "jenkins-multiaz-test-jenkins" }, instance_state_names: ["running"] },
    ]);
    expect(one.json.output.url?.value).toMatch(/try\(data\.aws_instances\.\w+\.public_ips\[0\], "none-is-running"\)/);
  });
});

describe.each(["jenkins-multiaz-efs", "jenkins-multiaz-efs-eip"] as const)("%s", (name) => {
  const one = stack(name);

  it("has an encrypted file system with a mount target in each of the two zones", () => {
    expect(one.one("aws_efs_file_system")).toMatchObject({ encrypted: true, throughput_mode: "elastic" });
    expect(one.all("aws_efs_mount_target").map(({ subnet_id }) => subnet_id)).toEqual([
      expect.stringMatching(/vpc_private-0/),
      expect.stringMatching(/vpc_private-1/),
    ]);
  });

  it("opens NFS from the machine to the file system, and nothing else of either", () => {
    expect(one.one("aws_vpc_security_group_ingress_rule", "home_")).toMatchObject({
      from_port: 2049,
      to_port: 2049,
      ip_protocol: "tcp",
      referenced_security_group_id: expect.stringMatching(/^\$\{aws_security_group\.jenkins_/),
    });
    expect(one.one("aws_efs_mount_target", "home_mount-target-0")).toMatchObject({
      security_groups: [expect.stringMatching(/^\$\{aws_security_group\.home_/)],
    });
  });

  it("mounts it with TLS at /var/lib/jenkins", () => {
    expect(bootScriptOf(one)).toMatch(/mount -t efs -o \S*tls,iam\S* fs-0123456789abcdef0 \/var\/lib\/jenkins/);
  });

  it("starts machines only once the mount targets are there", () => {
    const dependencies = one.one("aws_autoscaling_group").depends_on as string[];
    for (const target of one.addresses(["aws_efs_mount_target"])) expect(dependencies).toContain(target);
  });
});

describe("jenkins-multiaz-efs-eip", () => {
  const one = stack("jenkins-multiaz-efs-eip");

  it("may take its own address for its own machine, use its file system and read its password: nothing else", () => {
    expect(grantsOf(one, "jenkins")).toEqual([
      expect.stringMatching(/^ec2:AssociateAddress arn:.*:elastic-ip\/\$\{aws_eip\.address\.id\}$/),
      expect.stringMatching(/^ec2:AssociateAddress arn:.*:instance\/\*$/),
      expect.stringMatching(/^ec2:AssociateAddress arn:.*:network-interface\/\*$/),
      "elasticfilesystem:ClientMount ${aws_efs_file_system.home_file-system.arn}",
      "elasticfilesystem:ClientWrite ${aws_efs_file_system.home_file-system.arn}",
      "secretsmanager:GetSecretValue ${aws_secretsmanager_secret.admin-password_secret.arn}",
    ]);
    const [, ofMachine] = stack("jenkins-multiaz-efs-eip").policiesOf("jenkins").address ?? [];
    expect(ofMachine?.Condition).toEqual({
      StringEquals: { "aws:ResourceTag/Name": "jenkins-multiaz-efs-eip-test-jenkins" },
    });
  });

  it("has its address in its URL", () => {
    expect(one.json.output.url?.value).toMatch(/^http:\/\/\$\{aws_eip\.address_\w+\.public_ip\}:8080\/$/);
  });
});

it.each(["dev", "prod"])("in %s, every one of them can be synthesized", (environment) => {
  const settings = loadEnvironment(environment);
  for (const name of JENKINS) expect(synthesizeJenkins(name, settings).all("aws_subnet")).toHaveLength(4);
});

it("in prod, disks and file systems are kept from being destroyed", () => {
  const settings = { protectData: true };
  expect(synthesizeJenkins("jenkins-recovery", settings).one("aws_ebs_volume")).toMatchObject({
    final_snapshot: true,
    lifecycle: { prevent_destroy: true },
  });
  expect(synthesizeJenkins("jenkins-multiaz-efs", settings).one("aws_efs_file_system").lifecycle).toEqual({
    prevent_destroy: true,
  });
});

it("the difference between two of them can be read in a few lines", () => {
  const lines = (name: string) =>
    readFileSync(new URL(`../../stacks/${name}.ts`, import.meta.url), "utf8")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !/^(import|\/\*\*|export class)/.test(line));
  const difference = (a: string, b: string) => {
    const [one, other] = [lines(a), lines(b)];
    return [...one.filter((line) => !other.includes(line)), ...other.filter((line) => !one.includes(line))].length;
  };
  const [first, ...others] = JENKINS;
  others.reduce((previous: string, next) => {
    expect(difference(previous, next)).toBeLessThanOrEqual(10);
    return next;
  }, first);
});
