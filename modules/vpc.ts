import { DataAwsAvailabilityZones } from "@cdktf/provider-aws/lib/data-aws-availability-zones";
import { Eip } from "@cdktf/provider-aws/lib/eip";
import { InternetGateway } from "@cdktf/provider-aws/lib/internet-gateway";
import { NatGateway } from "@cdktf/provider-aws/lib/nat-gateway";
import { Route } from "@cdktf/provider-aws/lib/route";
import { RouteTable } from "@cdktf/provider-aws/lib/route-table";
import { RouteTableAssociation } from "@cdktf/provider-aws/lib/route-table-association";
import { Subnet } from "@cdktf/provider-aws/lib/subnet";
import { Vpc as AwsVpc } from "@cdktf/provider-aws/lib/vpc";
import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint";
import { Fn, Token, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { Environment } from "../environments/environment";
import { parseCidr, subnetOf } from "./cidr";
import { FlowLog } from "./flow-log";
import { Stack, nameOf } from "./stack";
import { isIntegerBetween, rule, validate } from "./validation";

/** Size of a subnet: a block of the VPC is cut into sixteen, of which the lower half is public. */
const SUBNET_BITS = 4;
const FIRST_PRIVATE = 8;

export interface VpcProps {
  /** How instances reach AWS's APIs and the internet; see the environment's setting of the same name. */
  readonly egress: Environment["egress"];
  /** Availability zones, taken from those that the account has; a public and a private subnet in each. Default: 2. */
  readonly zones?: number;
  /**
   * IPv4 block, /16 to /24 (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html).
   * Default: 10.0.0.0/16; choose another one where VPCs are to be peered.
   */
  readonly cidr?: string;
  /** Record every connection in CloudWatch Logs, kept for the environment's retention. Default: false. */
  readonly flowLogs?: boolean;
}

/** What other modules need of a VPC, be it made here or looked up. */
export interface IVpc {
  readonly vpcId: string;
  /** Its primary IPv4 block. */
  readonly cidr: string;
  /** Where load balancers stand, one per zone. */
  readonly publicSubnetIds: string[];
  /** Where data stores stand, one per zone. */
  readonly privateSubnetIds: string[];
  /** Where instances stand: the public subnets when they leave with a public address, else the private ones. */
  readonly instanceSubnetIds: string[];
  /** What has to be there before an instance can reach the internet. */
  readonly internetRoutes: readonly ITerraformDependable[];
}

/**
 * A network over several availability zones: a public and a private subnet in each, egress as chosen, free gateway
 * endpoints for S3 and DynamoDB.
 */
export class Vpc extends Construct implements IVpc {
  readonly resource: AwsVpc;
  readonly publicSubnets: readonly Subnet[];
  readonly privateSubnets: readonly Subnet[];
  readonly natGateways: readonly NatGateway[];
  readonly internetRoutes: readonly ITerraformDependable[];
  readonly cidr: string;
  readonly egress: VpcProps["egress"];

  /** @throws Error for zones or cidr outside of what is allowed */
  constructor(scope: Construct, id: string, { egress, zones = 2, cidr = "10.0.0.0/16", flowLogs = false }: VpcProps) {
    super(scope, id);
    const block = parseCidr(cidr);
    validate(this, [
      rule("zones", zones, isIntegerBetween(1, 3), "1 to 3"),
      rule(
        "cidr",
        cidr,
        () => block !== undefined && block.prefix >= 16 && block.prefix <= 24,
        "an IPv4 block from /16 to /24 such as 10.0.0.0/16, beginning at its first address",
      ),
    ]);
    if (!block) throw new Error(`${this.node.path}: cidr must be a literal, subnets are cut from it at synthesis`);
    this.cidr = cidr;
    this.egress = egress;
    const name = nameOf(this);
    this.resource = new AwsVpc(this, "vpc", {
      cidrBlock: cidr,
      enableDnsHostnames: true,
      enableDnsSupport: true,
      tags: { Name: name },
    });
    const available = new DataAwsAvailabilityZones(this, "zones", {
      state: "available",
      // Zones that every account has: no Local Zones, which lack most services.
      filter: [{ name: "opt-in-status", values: ["opt-in-not-required"] }],
    });
    const subnets = (tier: "public" | "private", first: number) =>
      Array.from(
        { length: zones },
        (_, zone) =>
          new Subnet(this, `${tier}-${zone}`, {
            vpcId: this.resource.id,
            cidrBlock: subnetOf(block, SUBNET_BITS, first + zone),
            availabilityZone: Token.asString(Fn.element(available.names, zone)),
            mapPublicIpOnLaunch: tier === "public" && egress === "public-ip",
            tags: { Name: `${name}-${tier}-${zone}` },
          }),
      );
    this.publicSubnets = subnets("public", 0);
    this.privateSubnets = subnets("private", FIRST_PRIVATE);

    const gateway = new InternetGateway(this, "internet-gateway", { vpcId: this.resource.id, tags: { Name: name } });
    const publicTable = this.#routeTable("public", this.publicSubnets);
    const publicRoute = new Route(this, "public-route", {
      routeTableId: publicTable.id,
      destinationCidrBlock: "0.0.0.0/0",
      gatewayId: gateway.id,
    });

    // One table per private subnet: each zone leaves through its own gateway, so that losing a zone does not cut off the others.
    const privateTables = this.privateSubnets.map((subnet, zone) => this.#routeTable(`private-${zone}`, [subnet]));
    this.natGateways = egress === "nat-gateway" ? this.#natGateways(publicRoute) : [];
    const natRoutes = privateTables.flatMap((table, zone) => {
      const nat = this.natGateways[zone];
      if (!nat) return [];
      return new Route(this, `private-route-${zone}`, {
        routeTableId: table.id,
        destinationCidrBlock: "0.0.0.0/0",
        natGatewayId: nat.id,
      });
    });
    const endpoints = ["s3", "dynamodb"].map(
      (service) =>
        new VpcEndpoint(this, `${service}-endpoint`, {
          vpcId: this.resource.id,
          serviceName: `com.amazonaws.${Stack.of(this).region}.${service}`,
          vpcEndpointType: "Gateway",
          routeTableIds: [publicTable, ...privateTables].map((table) => table.id),
          tags: { Name: `${name}-${service}` },
        }),
    );
    this.internetRoutes = [publicRoute, ...natRoutes, ...endpoints];
    if (flowLogs) new FlowLog(this, "flow-log", { vpcId: this.resource.id });
  }

  get vpcId(): string {
    return this.resource.id;
  }

  get publicSubnetIds(): string[] {
    return this.publicSubnets.map((subnet) => subnet.id);
  }

  get privateSubnetIds(): string[] {
    return this.privateSubnets.map((subnet) => subnet.id);
  }

  get instanceSubnetIds(): string[] {
    return this.egress === "public-ip" ? this.publicSubnetIds : this.privateSubnetIds;
  }

  #routeTable(id: string, subnets: readonly Subnet[]): RouteTable {
    const table = new RouteTable(this, `${id}-routes`, {
      vpcId: this.resource.id,
      tags: { Name: `${nameOf(this)}-${id}` },
    });
    for (const subnet of subnets) {
      new RouteTableAssociation(this, `${subnet.node.id}-routes-association`, {
        routeTableId: table.id,
        subnetId: subnet.id,
      });
    }
    return table;
  }

  #natGateways(internet: Route): NatGateway[] {
    return this.publicSubnets.map((subnet, zone) => {
      const tags = { Name: `${nameOf(this)}-${zone}` };
      const address = new Eip(this, `nat-address-${zone}`, { domain: "vpc", tags });
      return new NatGateway(this, `nat-gateway-${zone}`, {
        allocationId: address.id,
        subnetId: subnet.id,
        tags,
        dependsOn: [internet],
      });
    });
  }
}
