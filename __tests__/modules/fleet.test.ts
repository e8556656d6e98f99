import { describe, expect, it } from "@jest/globals";
import { AutoScalingGroup, type AutoScalingGroupProps } from "../../modules/auto-scaling-group";
import { LoadBalancer, type ForwardProps, type LoadBalancerProps } from "../../modules/load-balancer";
import { MachineImage } from "../../modules/machine-image";
import type { Stack } from "../../modules/stack";
import { Vpc } from "../../modules/vpc";
import { statementsOf, synthesize } from "../support/synthesized";

type FleetProps = Omit<AutoScalingGroupProps, "vpc">;

const fleetProps: FleetProps = {
  image: MachineImage.amazonLinux2023(),
  capacity: { min: 1, max: 3 },
  health: { check: "ELB", gracePeriod: 90 },
  service: { unit: "thing", port: 8080, environment: { COLOUR: "red" } },
};
const healthCheck = { path: "/health", interval: 5, timeout: 3, healthy: 2, unhealthy: 2 };

function system(
  stack: Stack,
  fleet: Partial<FleetProps> = {},
  balancer: Partial<LoadBalancerProps> = {},
  forward: Partial<ForwardProps> = {},
): void {
  const vpc = new Vpc(stack, "vpc", { egress: stack.environment.egress });
  const things = new AutoScalingGroup(stack, "things", { vpc, ...fleetProps, ...fleet });
  new LoadBalancer(stack, "web", { vpc, alarms: "nobody", ...balancer }).forwardTo(things, { healthCheck, ...forward });
}

describe("AutoScalingGroup", () => {
  const stack = synthesize((scope) => {
    system(scope);
  });
  const group = stack.one("aws_autoscaling_group");
  const template = stack.one("aws_launch_template");

  it("keeps its size and checks its machines as asked", () => {
    expect(group).toMatchObject({ min_size: 1, max_size: 3, health_check_type: "ELB", health_check_grace_period: 90 });
    expect(group.desired_capacity).toBeUndefined();
  });

  it("pins the launch template's number and never $Latest", () => {
    expect(group.launch_template).toMatchObject({
      version: expect.stringMatching(/^\$\{tostring\(aws_launch_template\..*\.latest_version\)\}$/),
    });
  });

  it("holds new machines back until they report, and gives them up after ten minutes", () => {
    expect(group.initial_lifecycle_hook).toEqual([
      {
        name: "launching",
        lifecycle_transition: "autoscaling:EC2_INSTANCE_LAUNCHING",
        heartbeat_timeout: 600,
        default_result: "ABANDON",
      },
    ]);
  });

  it("replaces machines by launching before terminating, while the fleet's alarm is watched", () => {
    expect(group.instance_refresh).toMatchObject({
      strategy: "Rolling",
      preferences: {
        min_healthy_percentage: 100,
        max_healthy_percentage: 200,
        instance_warmup: "90",
        alarm_specification: { alarms: [expect.stringMatching(/web_things-errors/)] },
      },
    });
  });

  it("starts machines only once their permissions and their way out are there", () => {
    const dependencies = group.depends_on as string[];
    for (const policy of stack.addresses(["aws_iam_role_policy"])) expect(dependencies).toContain(policy);
    expect(dependencies).toContainEqual(expect.stringMatching(/^aws_route\./));
    expect(dependencies).toContainEqual(
      expect.stringMatching(/^aws_vpc_security_group_egress_rule\.things_.*https-out/),
    );
  });

  it("stands in public subnets where egress is by public addresses, else in private ones", () => {
    expect(group.vpc_zone_identifier).toEqual([
      expect.stringMatching(/vpc_public-0/),
      expect.stringMatching(/vpc_public-1/),
    ]);
    const hidden = synthesize(
      (scope) => {
        system(scope);
      },
      { egress: "nat-gateway" },
    );
    expect(hidden.one("aws_autoscaling_group").vpc_zone_identifier).toContainEqual(
      expect.stringMatching(/vpc_private-0/),
    );
  });

  it("makes machines with IMDSv2 only, an encrypted gp3 volume and no key pair", () => {
    expect(template).toMatchObject({
      instance_type: "t3.micro",
      metadata_options: { http_endpoint: "enabled", http_tokens: "required", http_put_response_hop_limit: 1 },
      block_device_mappings: [{ ebs: { encrypted: "true", volume_type: "gp3" } }],
      lifecycle: { create_before_destroy: true },
    });
    expect(template.key_name).toBeUndefined();
  });

  it("tags machines and volumes like the rest of the stack", () => {
    const tags = {
      Project: "steadfast",
      Environment: "test",
      Stack: "example",
      ManagedBy: "cdktf",
      Name: "example-test-things",
    };
    expect(template.tag_specifications).toEqual([
      { resource_type: "instance", tags },
      { resource_type: "volume", tags },
    ]);
  });

  it("boots by a script that stands readable among the locals", () => {
    const [name, script] = Object.entries(stack.json.locals)[0] ?? [];
    expect(template.user_data).toBe(`\${base64encode(local.${name})}`);
    expect(script).toContain('COLOUR="red"\n');
    expect(script).toContain("systemctl enable --now thing.service");
  });

  it("may use Session Manager, finish its own launch and write its own log: nothing else", () => {
    expect(stack.policiesOf("things")).toEqual({
      "session-manager": [
        {
          Effect: "Allow",
          Action: ["ssmmessages:*", "ssm:UpdateInstanceInformation", "ec2messages:*"],
          Resource: ["*"],
        },
      ],
      "lifecycle-hook": [
        {
          Effect: "Allow",
          Action: ["autoscaling:CompleteLifecycleAction"],
          Resource: [expect.stringMatching(/:autoScalingGroup:\*:autoScalingGroupName\/example-test-things$/)],
        },
      ],
      logs: [
        {
          Effect: "Allow",
          Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: [expect.stringMatching(/\.arn\}:\*$/)],
        },
      ],
    });
  });

  it("keeps its log for the environment's retention", () => {
    expect(stack.one("aws_cloudwatch_log_group")).toMatchObject({
      name: "/example-test-things",
      retention_in_days: 30,
    });
  });
});

describe("AutoScalingGroup with bad input", () => {
  const fleetWith = (fleet: Partial<FleetProps>) => () =>
    synthesize((stack) => {
      system(stack, fleet);
    });

  it.each<[string, Partial<FleetProps>, string]>([
    ["min above max", { capacity: { min: 4, max: 3 } }, "capacity.min: got 4, allowed: 0 to capacity.max (3)"],
    ["no machine at all", { capacity: { min: 0, max: 0 } }, "capacity.max: got 0, allowed: 1 to 1000"],
    [
      "a grace period of three hours",
      { health: { check: "EC2", gracePeriod: 10_800 } },
      "health.gracePeriod: got 10800, allowed: 0 to 7200 seconds",
    ],
    [
      "a unit with its suffix",
      { service: { unit: "thing.service", port: 80 } },
      'service.unit: got "thing.service", allowed: a systemd unit\'s name without .service',
    ],
    ["port 0", { service: { unit: "thing", port: 0 } }, "service.port: got 0, allowed: 1 to 65535"],
    [
      "a path with a space",
      { service: { unit: "thing", port: 80, healthPath: "/a b" } },
      'service.healthPath: got "/a b", allowed: a path such as /health',
    ],
    [
      "a boot that outlasts its hook",
      { service: { unit: "thing", port: 80, bootTimeout: 600 } },
      "service.bootTimeout: got 600, allowed: 1 to 540 seconds",
    ],
    [
      "a variable in lower case",
      { service: { unit: "thing", port: 80, environment: { colour: "red" } } },
      'service.environment: got "colour", allowed: names such as QUEUE_URL',
    ],
    [
      "a value of two lines",
      { service: { unit: "thing", port: 80, environment: { A: "1\n2" } } },
      'service.environment.A: got "1\\n2", allowed: a value on one line',
    ],
    [
      "something that is no instance type",
      { instanceType: "micro" },
      'instanceType: got "micro", allowed: an EC2 instance type such as t3.micro',
    ],
    [
      "user data above EC2's limit",
      { service: { unit: "thing", port: 80, environment: { A: "x".repeat(17_000) } } },
      "allowed: at most 16384 characters",
    ],
  ])("refuses %s", (_, fleet, message) => {
    expect(fleetWith(fleet)).toThrow(message);
  });

  it("names every wrong prop at once, with the construct's path", () => {
    const make = fleetWith({ capacity: { min: 2, max: 1 }, service: { unit: "thing", port: -1 } });
    expect(make).toThrow(/^example\/things: invalid props\n {2}capacity\.min: .*\n {2}service\.port: .*$/);
  });
});

describe("LoadBalancer without a certificate", () => {
  const stack = synthesize((scope) => {
    system(scope);
  });

  it("listens on port 80 and forwards to the fleet", () => {
    expect(stack.one("aws_lb_listener")).toMatchObject({
      port: 80,
      protocol: "HTTP",
      default_action: [{ type: "forward", target_group_arn: expect.stringMatching(/things-targets/) }],
    });
    expect(stack.one("aws_autoscaling_group").target_group_arns).toEqual([expect.stringMatching(/things-targets/)]);
  });

  it("checks the fleet's health as asked and gives leaving machines 30 s", () => {
    expect(stack.one("aws_lb_target_group")).toMatchObject({
      port: 8080,
      protocol: "HTTP",
      deregistration_delay: "30",
      health_check: {
        path: "/health",
        interval: 5,
        timeout: 3,
        healthy_threshold: 2,
        unhealthy_threshold: 2,
        matcher: "200",
      },
      lifecycle: { create_before_destroy: true },
    });
    expect(String(stack.one("aws_lb_target_group").name_prefix).length).toBeLessThanOrEqual(6);
  });

  it("is all that the internet can reach; only it reaches the fleet, and only on its port", () => {
    const rules = stack.all("aws_vpc_security_group_ingress_rule");
    expect(rules.filter((rule) => rule.cidr_ipv4 !== undefined)).toMatchObject([
      {
        cidr_ipv4: "0.0.0.0/0",
        from_port: 80,
        to_port: 80,
        security_group_id: expect.stringMatching(/web_security-group/),
      },
    ]);
    expect(rules.filter((rule) => rule.cidr_ipv4 === undefined)).toMatchObject([
      {
        from_port: 8080,
        to_port: 8080,
        security_group_id: expect.stringMatching(/things_security-group/),
        referenced_security_group_id: expect.stringMatching(/web_security-group/),
      },
    ]);
  });

  it("may itself reach nothing but the fleet's port", () => {
    expect(stack.all("aws_vpc_security_group_egress_rule", "web")).toMatchObject([
      { from_port: 8080, referenced_security_group_id: expect.stringMatching(/things_security-group/) },
    ]);
  });

  it("rings for failing answers and for machines that stay unhealthy", () => {
    expect(stack.all("aws_cloudwatch_metric_alarm").map((alarm) => alarm.metric_name)).toEqual([
      "HTTPCode_Target_5XX_Count",
      "UnHealthyHostCount",
    ]);
  });

  it("drops malformed headers and can be destroyed", () => {
    expect(stack.one("aws_lb")).toMatchObject({
      internal: false,
      drop_invalid_header_fields: true,
      enable_deletion_protection: false,
    });
  });
});

describe("LoadBalancer with a certificate and access logs", () => {
  const certificateArn = "arn:aws:acm:eu-west-1:000000000000:certificate/x";
  const stack = synthesize(
    (scope) => {
      system(scope, {}, { certificateArn, accessLogs: true });
    },
    { protectData: true },
  );

  it("serves HTTPS with TLS 1.2 or later and redirects HTTP to it", () => {
    expect(stack.one("aws_lb_listener", "web_https")).toMatchObject({
      port: 443,
      protocol: "HTTPS",
      certificate_arn: certificateArn,
      ssl_policy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
      default_action: [{ type: "forward" }],
    });
    expect(stack.one("aws_lb_listener", "web_http_")).toMatchObject({
      default_action: [{ type: "redirect", redirect: { port: "443", protocol: "HTTPS", status_code: "HTTP_301" } }],
    });
  });

  it("delivers its log into a bucket of its own that lets in nothing else", () => {
    expect(stack.one("aws_lb")).toMatchObject({ access_logs: { enabled: true }, enable_deletion_protection: true });
    const allowed = statementsOf(stack.one("aws_s3_bucket_policy").policy).filter(({ Effect }) => Effect === "Allow");
    expect(allowed).toMatchObject([
      {
        Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
        Action: ["s3:PutObject"],
        Resource: [expect.stringMatching(/\/AWSLogs\/\$\{data\.aws_caller_identity\..*\.account_id\}\/\*$/)],
        Condition: { ArnLike: {} },
      },
    ]);
  });
});

describe("LoadBalancer with bad input", () => {
  const forwardWith =
    (changes: Partial<typeof healthCheck & { codes: string }>, forward: Partial<ForwardProps> = {}) =>
    () =>
      synthesize((stack) => {
        system(stack, {}, {}, { healthCheck: { ...healthCheck, ...changes }, ...forward });
      });

  it.each<[string, () => unknown, string]>([
    ["a check every second", forwardWith({ interval: 1 }), "healthCheck.interval: got 1, allowed: 5 to 300 seconds"],
    [
      "a time-out as long as the interval",
      forwardWith({ timeout: 5 }),
      "healthCheck.timeout: got 5, allowed: 2 to 120 seconds, below interval",
    ],
    ["one check to be healthy", forwardWith({ healthy: 1 }), "healthCheck.healthy: got 1, allowed: 2 to 10"],
    [
      "eleven checks to be unhealthy",
      forwardWith({ unhealthy: 11 }),
      "healthCheck.unhealthy: got 11, allowed: 2 to 10",
    ],
    [
      "a relative path",
      forwardWith({ path: "health" }),
      'healthCheck.path: got "health", allowed: a path that begins with /',
    ],
    [
      "codes that are none",
      forwardWith({ codes: "ok" }),
      'healthCheck.codes: got "ok", allowed: codes such as 200 or 200-299',
    ],
    [
      "two hours of draining",
      forwardWith({}, { deregistrationDelay: 7200 }),
      "deregistrationDelay: got 7200, allowed: 0 to 3600 seconds",
    ],
  ])("refuses %s", (_, make, message) => {
    expect(make).toThrow(`example/web: invalid props\n  ${message}`);
  });

  it("refuses a second fleet and a name that AWS would not take", () => {
    const twice = (stack: Stack) => {
      const vpc = new Vpc(stack, "vpc", { egress: "none" });
      const fleet = new AutoScalingGroup(stack, "things", { vpc, ...fleetProps });
      const web = new LoadBalancer(stack, "web", { vpc, alarms: "nobody" });
      web.forwardTo(fleet, { healthCheck });
      web.forwardTo(fleet, { healthCheck });
    };
    expect(() => synthesize(twice)).toThrow(/forwardTo: got 1, allowed: one fleet/);
    const long = (stack: Stack) =>
      new LoadBalancer(stack, "a-load-balancer-by-a-long-name", {
        vpc: new Vpc(stack, "vpc", { egress: "none" }),
        alarms: "nobody",
      });
    expect(() => synthesize(long)).toThrow(/at most 32 characters/);
  });
});

describe("MachineImage", () => {
  const stackWith = (image: MachineImage) =>
    synthesize((stack) => {
      system(stack, { image });
    });

  it("released: the id that the pipeline has published for the environment, or a plan that fails with the commands to run", () => {
    const stack = stackWith(MachineImage.released("shop"));
    const [published] = Object.values(stack.json.data.aws_ssm_parameters_by_path ?? {});
    expect(published).toMatchObject({ path: "/steadfast/test/images" });
    const { postcondition } = published?.lifecycle as { postcondition: { condition: string; error_message: string }[] };
    expect(postcondition[0]?.condition).toBe('${contains(self.names, "/steadfast/test/images/shop")}');
    expect(postcondition[0]?.error_message).toMatch(
      /No image of shop is published for test .* npm run release -- bake shop/,
    );
    expect(stack.one("aws_launch_template").image_id).toMatch(
      /^\$\{nonsensitive\(zipmap\(.*\)\["\/steadfast\/test\/images\/shop"\]\)\}$/,
    );
  });

  it("Amazon Linux 2023: AWS's public parameter for the architecture", () => {
    const stack = stackWith(MachineImage.amazonLinux2023("arm64"));
    expect(Object.values(stack.json.data.aws_ssm_parameter ?? {})).toMatchObject([
      { name: "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64" },
    ]);
  });
});
