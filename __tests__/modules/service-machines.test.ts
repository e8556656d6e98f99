import { describe, expect, it } from "@jest/globals";
import { fleet } from "../support/fleet";
import { synthesize } from "../support/synthesized";

describe("AutoScalingGroup that must never run two machines", () => {
  const group = synthesize((scope) => {
    fleet(scope, { capacity: { min: 1, max: 1 }, replacement: "terminate-and-launch" });
  }).one("aws_autoscaling_group");

  it("terminates before it launches, in a refresh and for every other reason", () => {
    expect(group.instance_refresh).toMatchObject({
      preferences: { min_healthy_percentage: 0, max_healthy_percentage: 100 },
    });
    expect(group.instance_maintenance_policy).toEqual({ min_healthy_percentage: 0, max_healthy_percentage: 100 });
  });
});

describe("AutoScalingGroup that people reach without a load balancer", () => {
  const open = synthesize((scope) => {
    fleet(scope, { diskSize: 20 }).openTo(["203.0.113.0/24", "198.51.100.7/32"]);
  });

  it("lets in the networks that are named, to the service's port and no other", () => {
    expect(open.all("aws_vpc_security_group_ingress_rule")).toMatchObject([
      { cidr_ipv4: "198.51.100.7/32", from_port: 8080, to_port: 8080, ip_protocol: "tcp" },
      { cidr_ipv4: "203.0.113.0/24", from_port: 8080, to_port: 8080, ip_protocol: "tcp" },
    ]);
  });

  it("has a disk of the size that is asked for", () => {
    expect(open.one("aws_launch_template").block_device_mappings).toMatchObject([
      { device_name: "/dev/xvda", ebs: { volume_size: 20, encrypted: "true" } },
    ]);
  });

  it.each(["0.0.0.0/0", "10.0.0.0/7", "203.0.113.7/24", "203.0.113.7", "2001:db8::/32"])(
    "does not let in %s",
    (network) => {
      expect(() =>
        synthesize((scope) => {
          fleet(scope).openTo([network]);
        }),
      ).toThrow(/network: got ".*", allowed: an IPv4 block of \/8 to \/32/);
    },
  );

  it("refuses a disk that gp3 does not offer", () => {
    expect(() => synthesize((scope) => void fleet(scope, { diskSize: 0 }))).toThrow(
      /diskSize: got 0, allowed: 1 to 65536/,
    );
  });
});

describe("boot script of a fleet", () => {
  it("has what is added to it later, and may not become longer than EC2 takes", () => {
    const stack = synthesize((scope) => {
      fleet(scope).atBoot({ title: "A word", prepare: "echo later" });
    });
    expect(Object.values(stack.json.locals)[0]).toContain("\n# A word\necho later\n");
    expect(() =>
      synthesize((scope) => {
        fleet(scope).atBoot({ title: "A long word", prepare: `echo ${"x".repeat(16_384)}` });
      }),
    ).toThrow(/example\/things: invalid props\n {2}boot script: got \d+, allowed: at most 16384 characters/);
  });
});
