import { describe, expect, it } from "@jest/globals";
import { AutoScalingGroup } from "../../modules/auto-scaling-group";
import { LoadBalancer, type ForwardProps } from "../../modules/load-balancer";
import type { Stack } from "../../modules/stack";
import { Vpc } from "../../modules/vpc";
import { fleetProps, healthCheck, system } from "../support/fleet";
import { statementsOf, synthesize } from "../support/synthesized";

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
