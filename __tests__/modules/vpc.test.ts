import { describe, expect, it } from "@jest/globals";
import { ExistingVpc } from "../../modules/existing-vpc";
import { SecurityGroup } from "../../modules/security-group";
import { Vpc, type VpcProps } from "../../modules/vpc";
import { stackOf, statementsOf, synthesize } from "../support/synthesized";

const vpcWith = (props: VpcProps) => synthesize((stack) => new Vpc(stack, "vpc", props));

describe("Vpc with egress by public addresses", () => {
  const stack = vpcWith({ egress: "public-ip" });

  it("has a public and a private subnet in each of two zones of the account", () => {
    const subnets = stack.all("aws_subnet").map((subnet) => [subnet.cidr_block, subnet.availability_zone]);
    expect(subnets).toEqual([
      ["10.0.128.0/20", expect.stringMatching(/^\$\{element\(data\.aws_availability_zones\..*\.names, 0\)\}$/)],
      ["10.0.144.0/20", expect.stringMatching(/names, 1\)\}$/)],
      ["10.0.0.0/20", expect.stringMatching(/names, 0\)\}$/)],
      ["10.0.16.0/20", expect.stringMatching(/names, 1\)\}$/)],
    ]);
  });

  it("gives addresses to what stands in public subnets only", () => {
    expect(stack.all("aws_subnet", "vpc_public").map((subnet) => subnet.map_public_ip_on_launch)).toEqual([true, true]);
    expect(stack.all("aws_subnet", "vpc_private").map((subnet) => subnet.map_public_ip_on_launch)).toEqual([
      false,
      false,
    ]);
  });

  it("routes public subnets to the internet and private ones nowhere", () => {
    const route = stack.one("aws_route");
    expect(route).toMatchObject({
      destination_cidr_block: "0.0.0.0/0",
      route_table_id: expect.stringContaining("vpc_public-routes"),
    });
    expect(stack.all("aws_nat_gateway")).toEqual([]);
  });

  it("reaches S3 and DynamoDB from every subnet through free gateway endpoints", () => {
    const endpoints = stack.all("aws_vpc_endpoint");
    expect(endpoints.map((endpoint) => endpoint.service_name)).toEqual([
      "com.amazonaws.eu-west-1.dynamodb",
      "com.amazonaws.eu-west-1.s3",
    ]);
    for (const endpoint of endpoints)
      expect(endpoint).toMatchObject({ vpc_endpoint_type: "Gateway", route_table_ids: { length: 3 } });
  });

  it("associates every subnet with one table", () => {
    expect(stack.all("aws_route_table_association")).toHaveLength(4);
  });
});

describe("Vpc with NAT gateways", () => {
  const stack = vpcWith({ egress: "nat-gateway", zones: 3, cidr: "172.20.0.0/16", flowLogs: true });

  it("has one gateway with an address of its own in each zone", () => {
    expect(stack.all("aws_nat_gateway")).toHaveLength(3);
    expect(stack.all("aws_eip")).toHaveLength(3);
  });

  it("routes each private subnet through the gateway of its own zone", () => {
    for (const zone of [0, 1, 2]) {
      expect(stack.one("aws_route", `vpc_private-route-${zone}`)).toMatchObject({
        route_table_id: expect.stringContaining(`vpc_private-${zone}-routes`),
        nat_gateway_id: expect.stringContaining(`vpc_nat-gateway-${zone}`),
      });
    }
  });

  it("gives no instance a public address", () => {
    expect(stack.all("aws_subnet").map((subnet) => subnet.map_public_ip_on_launch)).not.toContain(true);
  });

  it("logs every connection to a group that only the delivery may write to", () => {
    expect(stack.one("aws_flow_log")).toMatchObject({ traffic_type: "ALL", log_destination_type: "cloud-watch-logs" });
    expect(stack.one("aws_cloudwatch_log_group")).toMatchObject({
      name: "/example-test-vpc-flow-log",
      retention_in_days: 30,
    });
    expect(statementsOf(stack.one("aws_iam_role_policy").policy)[0]?.Action).toEqual([
      "logs:CreateLogStream",
      "logs:PutLogEvents",
      "logs:DescribeLogGroups",
      "logs:DescribeLogStreams",
    ]);
  });
});

describe("Vpc without egress", () => {
  it("leaves private subnets without a way out", () => {
    const stack = vpcWith({ egress: "none" });
    expect(stack.all("aws_route", "vpc_private")).toEqual([]);
  });
});

describe("Vpc with bad input", () => {
  it.each([
    ["zones", { zones: 4 }, "zones: got 4, allowed: 1 to 3"],
    ["a fraction of zones", { zones: 1.5 }, "zones: got 1.5, allowed: 1 to 3"],
    [
      "an impossible block",
      { cidr: "10.0.0.300/16" },
      'cidr: got "10.0.0.300/16", allowed: an IPv4 block from /16 to /24',
    ],
    ["a block that begins inside another", { cidr: "10.0.1.0/16" }, "cidr: got"],
    ["a block that is too small", { cidr: "10.0.0.0/25" }, "cidr: got"],
    ["a block that is too large", { cidr: "10.0.0.0/8" }, "cidr: got"],
  ])("refuses %s", (_, props, message) => {
    expect(() => vpcWith({ egress: "none", ...props })).toThrow(`example/vpc: invalid props\n  ${message}`);
  });

  it("names every wrong prop at once", () => {
    expect(() => vpcWith({ egress: "none", zones: 0, cidr: "x" })).toThrow(/zones: got 0[^]*cidr: got "x"/);
  });
});

describe("ExistingVpc", () => {
  const props = {
    tags: { Name: "shared" },
    publicSubnetTags: { Tier: "public" },
    privateSubnetTags: { Tier: "private" },
  };

  it("is looked up by tags, and its subnets by tags within it", () => {
    const stack = synthesize((scope) => new ExistingVpc(scope, "vpc", { ...props, egress: "nat-gateway" }));
    expect(Object.values(stack.json.data.aws_vpc ?? {})).toMatchObject([{ tags: { Name: "shared" } }]);
    const subnets = Object.values(stack.json.data.aws_subnets ?? {});
    expect(subnets.map((subnet) => subnet.tags)).toEqual([{ Tier: "private" }, { Tier: "public" }]);
    expect(subnets[0]).toMatchObject({ lifecycle: { postcondition: [{ condition: "${length(self.ids) > 0}" }] } });
  });

  it("knows its own block, to which fleets may be let out", () => {
    const stack = synthesize((scope) => {
      const vpc = new ExistingVpc(scope, "vpc", { ...props, egress: "nat-gateway" });
      new SecurityGroup(scope, "group", { vpc, description: "group" }).allowOut(["dns"], vpc);
    });
    for (const rule of stack.all("aws_vpc_security_group_egress_rule"))
      expect(rule.cidr_ipv4).toMatch(/^\$\{data\.aws_vpc\..*\.cidr_block\}$/);
    expect(stack.all("aws_vpc_security_group_egress_rule")).toHaveLength(2);
  });

  it("refuses tags that would match anything", () => {
    const lookUp = () => stackOf((scope) => new ExistingVpc(scope, "vpc", { ...props, tags: {}, egress: "none" }));
    expect(lookUp).toThrow("example/vpc: invalid props\n  tags: got {}, allowed: at least one tag");
  });
});
