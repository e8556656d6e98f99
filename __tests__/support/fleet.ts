import { AutoScalingGroup, type AutoScalingGroupProps } from "../../modules/auto-scaling-group";
import { LoadBalancer, type ForwardProps, type LoadBalancerProps } from "../../modules/load-balancer";
import { MachineImage } from "../../modules/machine-image";
import type { Stack } from "../../modules/stack";
import { Vpc } from "../../modules/vpc";

export type FleetProps = Omit<AutoScalingGroupProps, "vpc">;

export const fleetProps: FleetProps = {
  image: MachineImage.amazonLinux2023(),
  capacity: { min: 1, max: 3 },
  health: { check: "ELB", gracePeriod: 90 },
  service: { unit: "thing", port: 8080, environment: { COLOUR: "red" } },
};
export const healthCheck = { path: "/health", interval: 5, timeout: 3, healthy: 2, unhealthy: 2 };

/** A fleet "things" in a network of its own. */
export function fleet(stack: Stack, props: Partial<FleetProps> = {}): AutoScalingGroup {
  const vpc = new Vpc(stack, "vpc", { egress: stack.environment.egress });
  return new AutoScalingGroup(stack, "things", { vpc, ...fleetProps, ...props });
}

/** A fleet "things" behind a load balancer "web", in a network of its own. */
export function system(
  stack: Stack,
  fleet: Partial<FleetProps> = {},
  balancer: Partial<LoadBalancerProps> = {},
  forward: Partial<ForwardProps> = {},
): void {
  const vpc = new Vpc(stack, "vpc", { egress: stack.environment.egress });
  const things = new AutoScalingGroup(stack, "things", { vpc, ...fleetProps, ...fleet });
  new LoadBalancer(stack, "web", { vpc, alarms: "nobody", ...balancer }).forwardTo(things, { healthCheck, ...forward });
}
