import type { Resource, SynthesizedStack } from "../local/terraform/synthesized";
import type { BootFacts } from "./boot-facts";
import { refersTo } from "./references";
import { type Finding, NONE_LOST, type Outcome, type Recovery, goesOn } from "./model";

/** How clients find machines, and what is to be said of it where they do not any more. */
export interface AddressFacts {
  readonly found: Recovery["address"];
  readonly finding?: Finding;
}

/**
 * @param machine group or instance
 * @param launched what its network is set in: the launch template, or the instance itself
 */
export function addressOf(
  stack: SynthesizedStack,
  machine: Resource,
  launched: Resource,
  boot: BootFacts,
  behindLoadBalancer: boolean,
): AddressFacts {
  if (behindLoadBalancer) return { found: "load balancer" };
  const attached = stack
    .ofType("aws_eip_association")
    .some((association) => refersTo(association, "instance_id", machine));
  if (attached || boot.claims.length > 0) return { found: "kept" };
  if (!isDirect(stack, launched) && !isPublished(stack)) return { found: "none" };
  // A recovered instance keeps its public address (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-recover.html).
  if (machine.type === "aws_instance") return { found: "kept" };
  const changed: Outcome = {
    survives: true,
    how: "the next machine has another address",
    recoveryTime: [],
    dataLoss: NONE_LOST,
    loses: "the address: the next machine has another one, and clients have to learn it",
  };
  return {
    found: "new",
    finding: {
      address: machine.address,
      what: "public address of the machine itself",
      outcomes: { process: goesOn("the machine keeps its address"), machine: changed, zone: changed },
    },
  };
}

/** Whether people reach the machines themselves: a public address that is asked for, or a port that is open to networks. */
function isDirect(stack: SynthesizedStack, launched: Resource): boolean {
  const interfaces = launched.blocks("network_interfaces");
  const asked = [launched, ...interfaces].some((one) => one.optionalString("associate_public_ip_address") === "true");
  const groups = [launched, ...interfaces].flatMap((one) => [
    ...one.references("vpc_security_group_ids"),
    ...one.references("security_groups"),
  ]);
  const open = stack
    .ofType("aws_vpc_security_group_ingress_rule")
    .filter((rule) => rule.raw("cidr_ipv4") !== undefined || rule.raw("cidr_ipv6") !== undefined)
    .some((rule) => rule.references("security_group_id").some((group) => groups.includes(group)));
  return asked || open;
}

/** Whether an output tells people the public address of whatever machine runs. */
function isPublished(stack: SynthesizedStack): boolean {
  return /\bdata\.aws_instances\.[\w-]+\.public_ips\b/.test(JSON.stringify(stack.outputs));
}
