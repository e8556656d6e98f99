import type { Resource, SynthesizedStack } from "../local/terraform/synthesized";
import { type Finding, goesOn, isGone } from "./model";
import { refersTo, zonesOf } from "./references";

/** A NAT gateway stands in one zone: the subnets that leave through it should stand there, too. */
export function judgeNatGateway(stack: SynthesizedStack, gateway: Resource): Finding[] {
  if (gateway.optionalString("availability_mode") === "regional") return [];
  const [zone] = zonesOf(stack, gateway, "subnet_id") ?? [];
  const tables = stack
    .ofType("aws_route")
    .filter((route) => refersTo(route, "nat_gateway_id", gateway))
    .flatMap((route) => route.references("route_table_id"));
  const users = new Set(
    stack
      .ofType("aws_route_table_association")
      .filter((association) => association.references("route_table_id").some((table) => tables.includes(table)))
      .flatMap((association) => [...(zonesOf(stack, association, "subnet_id") ?? [])]),
  );
  const others = [...users].filter((user) => user !== zone).length;
  const machine = goesOn("AWS replaces the gateway's own machines");
  return [
    {
      address: gateway.address,
      what: `NAT gateway of one zone, for subnets of ${others === 0 ? "that zone only" : "other zones as well"}`,
      outcomes: {
        process: machine,
        machine,
        zone:
          others === 0
            ? goesOn("the other zones leave through gateways of their own")
            : isGone("subnets of other zones leave through this zone, and are cut off with it"),
      },
    },
  ];
}
