import { describe, expect, it } from "@jest/globals";
import { AlarmTopic } from "../../modules/alarms";
import { Instance, type InstanceProps } from "../../modules/instance";
import { MachineImage } from "../../modules/machine-image";
import type { Stack } from "../../modules/stack";
import { Vpc } from "../../modules/vpc";
import { synthesize } from "../support/synthesized";

const TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms";

function instance(stack: Stack, props: Partial<InstanceProps> = {}): Instance {
  return new Instance(stack, "thing", {
    vpc: new Vpc(stack, "vpc", { egress: stack.environment.egress }),
    image: MachineImage.amazonLinux2023(),
    service: { unit: "thing", port: 8080 },
    alarms: AlarmTopic.fromEnvironment(stack, "alarms"),
    ...props,
  });
}

describe("Instance", () => {
  const stack = synthesize(
    (scope) => {
      instance(scope, { diskSize: 12 }).openTo(["203.0.113.0/24"]);
    },
    { alarms: { topicArn: TOPIC } },
  );
  const machine = stack.one("aws_instance");

  it("is one machine in the first zone, with IMDSv2 only, an encrypted gp3 volume and no key pair", () => {
    expect(machine).toMatchObject({
      instance_type: "t3.micro",
      subnet_id: expect.stringMatching(/vpc_public-0/),
      metadata_options: { http_endpoint: "enabled", http_tokens: "required", http_put_response_hop_limit: 1 },
      root_block_device: { encrypted: true, volume_type: "gp3", volume_size: 12, delete_on_termination: true },
    });
    expect(machine.key_name).toBeUndefined();
  });

  it("is moved to another host when its own has failed for five minutes, and says so", () => {
    expect(stack.one("aws_cloudwatch_metric_alarm", "thing_recovery")).toMatchObject({
      namespace: "AWS/EC2",
      metric_name: "StatusCheckFailed_System",
      dimensions: { InstanceId: expect.stringMatching(/^\$\{aws_instance\.thing_instance_\w+\.id\}$/) },
      statistic: "Maximum",
      period: 60,
      evaluation_periods: 5,
      comparison_operator: "GreaterThanThreshold",
      threshold: 0,
      alarm_actions: [
        expect.stringMatching(/^arn:\$\{data\.aws_partition\.\w+\.partition\}:automate:eu-west-1:ec2:recover$/),
        TOPIC,
      ],
      ok_actions: [TOPIC],
    });
  });

  it("rings when its operating system does not answer, which is not for EC2 to mend", () => {
    expect(stack.one("aws_cloudwatch_metric_alarm", "thing_instance-check")).toMatchObject({
      metric_name: "StatusCheckFailed_Instance",
      alarm_actions: [TOPIC],
    });
  });

  it("boots by a readable script that tells no group, and a changed script is for a new machine", () => {
    const [name, script] = Object.entries(stack.json.locals)[0] ?? [];
    expect(machine).toMatchObject({ user_data: `\${local.${name}}`, user_data_replace_on_change: true });
    expect(script).toContain("systemctl enable --now thing.service");
    expect(script).not.toContain("complete-lifecycle-action");
  });

  it("may use Session Manager and write its own log: nothing else", () => {
    expect(Object.keys(stack.policiesOf("thing")).sort()).toEqual(["logs", "session-manager"]);
  });

  it("starts only once its permissions and its way out are there", () => {
    const dependencies = machine.depends_on as string[];
    for (const policy of stack.addresses(["aws_iam_role_policy"])) expect(dependencies).toContain(policy);
    expect(dependencies).toContainEqual(expect.stringMatching(/^aws_route\./));
    expect(dependencies).toContainEqual(
      expect.stringMatching(/^aws_vpc_security_group_egress_rule\.thing_.*https-out/),
    );
  });

  it("recovers when nobody is to hear of it, too", () => {
    const quiet = synthesize((scope) => void instance(scope, { alarms: "nobody" }));
    const alarm = quiet.one("aws_cloudwatch_metric_alarm", "thing_recovery");
    expect(alarm.alarm_actions).toEqual([expect.stringMatching(/:ec2:recover$/)]);
    expect(alarm.ok_actions).toBeUndefined();
  });

  it("stands in a private subnet where machines are hidden", () => {
    const hidden = synthesize((scope) => void instance(scope), { egress: "nat-gateway" });
    expect(hidden.one("aws_instance").subnet_id).toMatch(/vpc_private-0/);
  });

  it.each(["t3.small", "m7i-flex.large", "c8gn.xlarge", "u7in-16tb.224xlarge", "t4g.nano"])(
    "takes %s",
    (instanceType) => {
      expect(() => synthesize((scope) => void instance(scope, { instanceType }))).not.toThrow();
    },
  );

  it.each(["m5d.large", "i3.large", "p4d.24xlarge", "mac1.metal"])(
    "refuses %s, which EC2 does not recover",
    (instanceType) => {
      expect(() => synthesize((scope) => void instance(scope, { instanceType }))).toThrow(
        `example/thing: invalid props\n  instanceType: got "${instanceType}", allowed: a type of a family that EC2 can recover`,
      );
    },
  );

  it.each(["m3.medium", "x2idn.16xlarge"])("refuses %s, whose disks a recovery loses", (instanceType) => {
    expect(() => synthesize((scope) => void instance(scope, { instanceType }))).toThrow(
      `instanceType: got "${instanceType}", allowed: a type without instance store volumes, whose content a recovery loses`,
    );
  });

  it("names all that is wrong at once", () => {
    const make = () => synthesize((scope) => void instance(scope, { instanceType: "large", diskSize: -1 }));
    expect(make).toThrow(/instanceType: got "large", allowed: an EC2 instance type such as t3\.micro/);
    expect(make).toThrow(/diskSize: got -1, allowed: 1 to 65536 GiB/);
  });
});
