import { SecurityGroup as AwsSecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import { Construct } from "constructs";
import { LIMITED_NETWORK, isLimitedNetwork } from "./cidr";
import { nameOf } from "./stack";
import { rule, validate } from "./validation";
import type { IVpc } from "./vpc";

/**
 * What machines may connect to. `https` anywhere, which AWS's APIs, Session Manager and the package repositories speak; `http`
 * anywhere, for machines that open other people's pages; `dns`: name servers inside the VPC.
 */
export type Outbound = "https" | "http" | "dns";

interface WayOut {
  readonly id: string;
  readonly description: string;
  readonly ipProtocol: "tcp" | "udp";
  readonly port: number;
  readonly to: "anywhere" | "vpc";
}

const dns = { description: "Name servers of the VPC", port: 53, to: "vpc" } as const;
const WAYS_OUT: Readonly<Record<Outbound, readonly WayOut[]>> = {
  https: [
    {
      id: "https-out",
      description: "AWS APIs and package repositories",
      ipProtocol: "tcp",
      port: 443,
      to: "anywhere",
    },
  ],
  http: [{ id: "http-out", description: "Pages of others", ipProtocol: "tcp", port: 80, to: "anywhere" }],
  dns: [
    { ...dns, id: "dns-udp-out", ipProtocol: "udp" },
    { ...dns, id: "dns-tcp-out", ipProtocol: "tcp" },
  ],
};

export interface SecurityGroupProps {
  readonly vpc: IVpc;
  readonly description: string;
}

/** A security group without any rule at first; each rule is a resource of its own. */
export class SecurityGroup extends Construct {
  readonly resource: AwsSecurityGroup;
  /** Id of the construct whose group this is. */
  readonly owner: string;

  constructor(scope: Construct, id: string, { vpc, description }: SecurityGroupProps) {
    super(scope, id);
    this.owner = scope.node.id;
    this.resource = new AwsSecurityGroup(this, "security-group", {
      namePrefix: `${nameOf(scope)}-`,
      description,
      vpcId: vpc.vpcId,
      revokeRulesOnDelete: true,
      tags: { Name: nameOf(scope) },
      lifecycle: { createBeforeDestroy: true },
    });
  }

  /** Lets a peer connect to a TCP port: one rule in at this side, one rule out at the peer's. */
  allowFrom(peer: SecurityGroup, port: number): void {
    const tcp = { ipProtocol: "tcp", fromPort: port, toPort: port, description: `${peer.owner} to ${this.owner}` };
    new VpcSecurityGroupIngressRule(this, `from-${peer.owner}-${port}`, {
      ...tcp,
      securityGroupId: this.resource.id,
      referencedSecurityGroupId: peer.resource.id,
    });
    new VpcSecurityGroupEgressRule(peer, `to-${this.owner}-${port}`, {
      ...tcp,
      securityGroupId: peer.resource.id,
      referencedSecurityGroupId: this.resource.id,
    });
  }

  /**
   * Lets a network connect to a TCP port.
   * @param network IPv4 block such as `203.0.113.0/24`
   * @throws Error for what is no IPv4 block, or is the whole internet
   */
  allowFromNetwork(network: string, port: number): void {
    validate(this, [rule("network", network, isLimitedNetwork, LIMITED_NETWORK)]);
    new VpcSecurityGroupIngressRule(this, `from-${network.replace(/\W/g, "-")}-${port}`, {
      securityGroupId: this.resource.id,
      description: "people who work with it",
      ipProtocol: "tcp",
      fromPort: port,
      toPort: port,
      cidrIpv4: network,
    });
  }

  /** Opens a TCP port to everyone. Only for the listener of an internet-facing load balancer. */
  allowFromInternet(port: number): void {
    new VpcSecurityGroupIngressRule(this, `from-internet-${port}`, {
      securityGroupId: this.resource.id,
      description: "internet",
      ipProtocol: "tcp",
      fromPort: port,
      toPort: port,
      cidrIpv4: "0.0.0.0/0",
    });
  }

  /**
   * Lets out what is named, by one rule each; nothing comes in by it. Amazon's own name server can be reached without a rule:
   * security groups do not filter it (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html).
   */
  allowOut(outbound: readonly Outbound[], vpc: IVpc): VpcSecurityGroupEgressRule[] {
    return outbound.flatMap((name) =>
      WAYS_OUT[name].map(
        ({ id, description, ipProtocol, port, to }) =>
          new VpcSecurityGroupEgressRule(this, id, {
            securityGroupId: this.resource.id,
            description,
            ipProtocol,
            fromPort: port,
            toPort: port,
            cidrIpv4: to === "vpc" ? vpc.cidr : "0.0.0.0/0",
          }),
      ),
    );
  }
}
