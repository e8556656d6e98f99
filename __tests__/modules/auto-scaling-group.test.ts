import { describe, expect, it } from "@jest/globals";
import { fleet, system, type FleetProps } from "../support/fleet";
import { synthesize } from "../support/synthesized";

describe("AutoScalingGroup", () => {
  const stack = synthesize((scope) => {
    system(scope);
  });
  const group = stack.one("aws_autoscaling_group");
  const template = stack.one("aws_launch_template");

  it("keeps its size and checks its machines as asked", () => {
    expect(group).toMatchObject({ min_size: 1, max_size: 3, health_check_type: "ELB", health_check_grace_period: 90 });
    expect(group).toMatchObject({ desired_capacity: 1, lifecycle: { ignore_changes: ["desired_capacity"] } });
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

  it("tags machines, their volumes and their network interfaces like the rest of the stack", () => {
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
      { resource_type: "network-interface", tags },
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

  it("tells its machines which log group is theirs", () => {
    const [script] = Object.values(stack.json.locals);
    expect(script).toMatch(/^LOG_GROUP="\$\{aws_cloudwatch_log_group\.things_logs_.*\.name\}"$/m);
  });

  it("keeps its log for the environment's retention", () => {
    expect(stack.one("aws_cloudwatch_log_group")).toMatchObject({
      name: "/example-test-things",
      retention_in_days: 30,
    });
  });
});

describe("AutoScalingGroup that begins with more machines than its minimum", () => {
  it("leaves their number alone afterwards", () => {
    const group = synthesize((scope) => fleet(scope, { capacity: { min: 1, max: 5, initial: 3 } }));
    expect(group.one("aws_autoscaling_group")).toMatchObject({
      desired_capacity: 3,
      lifecycle: { ignore_changes: ["desired_capacity"] },
    });
  });
});

describe("AutoScalingGroup's ways out", () => {
  const waysOut = (stack: ReturnType<typeof synthesize>) =>
    stack
      .all("aws_vpc_security_group_egress_rule", "things")
      .map(({ ip_protocol: protocol, from_port: from, to_port: to, cidr_ipv4: cidr }) => [protocol, from, to, cidr]);

  it("are HTTPS and nothing else by default", () => {
    expect(waysOut(synthesize((scope) => fleet(scope)))).toEqual([["tcp", 443, 443, "0.0.0.0/0"]]);
  });

  it("are those that it names: HTTP to anywhere, DNS to the VPC, all there before a machine boots", () => {
    const open = synthesize((scope) => fleet(scope, { outbound: ["https", "http", "dns"] }));
    expect(waysOut(open).sort()).toEqual([
      ["tcp", 443, 443, "0.0.0.0/0"],
      ["tcp", 53, 53, "10.0.0.0/16"],
      ["tcp", 80, 80, "0.0.0.0/0"],
      ["udp", 53, 53, "10.0.0.0/16"],
    ]);
    expect(open.one("aws_autoscaling_group").depends_on).toEqual(
      expect.arrayContaining(open.addresses(["aws_vpc_security_group_egress_rule"])),
    );
  });
});

describe("AutoScalingGroup that installs at boot", () => {
  const service = { unit: "httpd", port: 80, install: { packages: ["httpd"] } };
  const stack = synthesize((scope) => fleet(scope, { service }));

  it("has no log group and no permission to write one: only baked images ship logs", () => {
    expect(stack.all("aws_cloudwatch_log_group")).toEqual([]);
    expect(Object.keys(stack.policiesOf("things")).sort()).toEqual(["lifecycle-hook", "session-manager"]);
    expect(Object.values(stack.json.locals).join()).not.toContain("LOG_GROUP");
  });

  it("installs the packages in its boot script", () => {
    expect(Object.values(stack.json.locals).join()).toContain("\ndnf install --assumeyes httpd\n");
  });
});

describe("AutoScalingGroup with bad input", () => {
  const fleetWith = (props: Partial<FleetProps>) => () =>
    synthesize((stack) => {
      system(stack, props);
    });

  it.each<[string, Partial<FleetProps>, string]>([
    ["min above max", { capacity: { min: 4, max: 3 } }, "capacity.min: got 4, allowed: 0 to capacity.max (3)"],
    ["no machine at all", { capacity: { min: 0, max: 0 } }, "capacity.max: got 0, allowed: 1 to 1000"],
    [
      "to begin with more than it may have",
      { capacity: { min: 1, max: 3, initial: 4 } },
      "capacity.initial: got 4, allowed: capacity.min to capacity.max (1 to 3)",
    ],
    [
      "to let out no HTTPS, without which no machine can report",
      { outbound: ["dns"] },
      'outbound: got ["dns"], allowed: https among them',
    ],
    [
      "a package whose name is an option",
      { service: { unit: "thing", port: 80, install: { packages: ["--nogpgcheck"] } } },
      'service.install.packages: got "--nogpgcheck", allowed: names of packages such as httpd',
    ],
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
  ])("refuses %s", (_, props, message) => {
    expect(fleetWith(props)).toThrow(message);
  });

  it("names every wrong prop at once, with the construct's path", () => {
    const make = fleetWith({ capacity: { min: 2, max: 1 }, service: { unit: "thing", port: -1 } });
    expect(make).toThrow(/^example\/things: invalid props\n {2}capacity\.min: .*\n {2}service\.port: .*$/);
  });
});
