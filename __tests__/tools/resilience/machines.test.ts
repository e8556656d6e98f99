import { describe, expect, it } from "@jest/globals";
import type { Value } from "../../../tools/local/terraform/value";
import { type Finding, LOSSES } from "../../../tools/resilience/model";
import { SUBNETS, reportOn, subnetId } from "./support/reports";

type Body = Record<string, Value>;

const BOOT = "systemctl enable --now imagery-server.service\nreadonly TIMEOUT=300\n";

/** What a group and what it refers to become. */
function group(
  body: Body,
  { userData = BOOT, others = {} }: { userData?: string; others?: Record<string, Body> } = {},
) {
  return reportOn({
    aws_subnet: SUBNETS,
    aws_launch_template: { t: { user_data: userData } },
    aws_lb_target_group: { web: { health_check: { interval: 10, unhealthy_threshold: 3 } } },
    aws_autoscaling_group: {
      g: {
        launch_template: { id: "${aws_launch_template.t.id}" },
        min_size: 1,
        max_size: 2,
        vpc_zone_identifier: [subnetId("a"), subnetId("b")],
        ...body,
      },
    },
    ...Object.fromEntries(Object.entries(others).map(([type, one]) => [type, { x: one }])),
  });
}

const WEB = { target_group_arns: ["${aws_lb_target_group.web.arn}"], health_check_type: "ELB" };

function survivals({ outcomes }: Finding): boolean[] {
  return LOSSES.map((loss) => outcomes[loss].survives);
}

function only(findings: readonly Finding[], address: string): Finding {
  const [found] = findings.filter((finding) => finding.address === address);
  if (found === undefined) throw new Error(`no finding about ${address}`);
  return found;
}

describe("a group of machines", () => {
  const judged = (...args: Parameters<typeof group>): Finding =>
    only(group(...args).findings, "aws_autoscaling_group.g");

  it("does not survive its zone when its subnets are all in one", () => {
    const finding = judged({ vpc_zone_identifier: [subnetId("a"), subnetId("a2")] });
    expect(survivals(finding)).toEqual([true, true, false]);
    expect(finding.outcomes.zone.loses).toBe("the group may launch in one zone only");
  });

  it("whose subnets are looked up is said to survive its zone only if they are in several", () => {
    const finding = judged({ vpc_zone_identifier: "${data.aws_subnets.all.ids}" });
    expect(finding.what).toContain("in zones that the plan shows");
    expect(finding.outcomes.zone.how).toBe("the group launches in another zone, if its subnets are in several");
  });

  it("behind a load balancer with two machines is never away", () => {
    const { outcomes } = judged({ ...WEB, min_size: 2 });
    expect(LOSSES.map((loss) => outcomes[loss].recoveryTime)).toEqual([[], [], []]);
  });

  it("notices by the load balancer's checks only where those count as the group's own", () => {
    const first = (body: Body): number | undefined => judged(body).outcomes.machine.recoveryTime[0]?.seconds;
    expect(first(WEB)).toBe(30);
    expect(first({ ...WEB, health_check_type: "EC2" })).toBe(60);
  });

  it("gives a boot no longer than its lifecycle hook does", () => {
    const finding = judged({ initial_lifecycle_hook: [{ heartbeat_timeout: 120 }] });
    expect(finding.outcomes.machine.recoveryTime[2]).toEqual({
      seconds: 120,
      what: "until it has booted, at most: its script gives up after 300 s, the group after 120 s",
      basis: "stack",
    });
  });

  it("assumes how long a boot takes that nobody limits", () => {
    const finding = judged({}, { userData: "" });
    expect(finding.outcomes.machine.recoveryTime[2]).toMatchObject({ seconds: 300, basis: "assumed" });
  });

  it.each(["Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy"])(
    "does not survive a machine when its process %s is suspended",
    (name) => {
      const finding = judged({ suspended_processes: ["AZRebalance", name] });
      expect(survivals(finding)).toEqual([true, false, false]);
      expect(finding.outcomes.machine.loses).toContain(`the group's process ${name} is suspended`);
    },
  );

  it("survives a machine when only rebalancing is suspended", () => {
    expect(survivals(judged({ suspended_processes: ["AZRebalance"] }))).toEqual([true, true, true]);
  });
});

describe("a process whose unit is in no image", () => {
  const userData = "systemctl enable --now httpd.service\n";

  it("comes back with a new machine where a load balancer's check sees it", () => {
    const { outcomes } = only(group(WEB, { userData }).findings, "aws_autoscaling_group.g");
    expect(outcomes.process.how).toBe("the group replaces the machine");
  });

  it("does not come back where only the machine is checked", () => {
    const report = group({ health_check_type: "EC2" }, { userData });
    expect(report.losses.process.survives).toBe(false);
    expect(report.notSurvived[0]).toEqual({
      losses: ["process"],
      what: "nothing starts the process again: its unit does not, or is in no image here, and no health check sees it",
      address: "aws_autoscaling_group.g",
    });
  });
});

describe("the address of a group's machines", () => {
  const address = (...args: Parameters<typeof group>): string | undefined => group(...args).recovery[0]?.address;

  it("is the load balancer's, or nobody's who only leaves the network", () => {
    expect([address(WEB), address({})]).toEqual(["load balancer", "none"]);
  });

  it("is new where a network may reach the machines", () => {
    const others = {
      aws_vpc_security_group_ingress_rule: { security_group_id: "${aws_security_group.s.id}", cidr_ipv4: "10.0.0.0/8" },
    };
    const open = { ...others, aws_launch_template: { vpc_security_group_ids: ["${aws_security_group.s.id}"] } };
    const launch_template = { id: "${aws_launch_template.x.id}" };
    expect(address({ launch_template }, { others: open })).toBe("new");
    expect(address({}, { others })).toBe("none");
  });

  it("is kept where the machine claims an Elastic IP", () => {
    expect(address({}, { userData: `${BOOT}--allocation-id \${aws_eip.a.id} \\\n` })).toBe("kept");
  });
});

describe("an instance", () => {
  const alarm = {
    metric_name: "StatusCheckFailed_System",
    alarm_actions: ["${aws_sns_topic.t.arn}", "arn:${data.aws_partition.p.partition}:automate:eu-west-1:ec2:recover"],
    dimensions: { InstanceId: "${aws_instance.i.id}" },
    period: 60,
    evaluation_periods: 2,
  };
  const judged = (change: Body) =>
    reportOn({ aws_instance: { i: { user_data: BOOT } }, aws_cloudwatch_metric_alarm: { a: { ...alarm, ...change } } });

  it("survives its host with an alarm that recovers it, and not its zone", () => {
    const finding = only(judged({}).findings, "aws_instance.i");
    expect(survivals(finding)).toEqual([true, true, false]);
    expect(finding.outcomes.machine.recoveryTime[0]?.seconds).toBe(120);
  });

  it.each<[string, Body]>([
    ["watches another instance", { dimensions: { InstanceId: "${aws_instance.i2.id}" } }],
    ["watches the operating system", { metric_name: "StatusCheckFailed_Instance" }],
    ["only tells somebody", { alarm_actions: ["${aws_sns_topic.t.arn}"] }],
    ["is switched off", { actions_enabled: false }],
  ])("does not survive its host when the alarm %s", (_, change) => {
    const report = judged(change);
    expect(report.losses.machine.survives).toBe(false);
    expect(report.recovery[0]?.recoversBy).toBe("nothing, keeps nothing");
  });
});
