import type { Resource, SynthesizedStack } from "../local/terraform/synthesized";
import { addressOf } from "./address";
import { type BootFacts, bootFactsOf } from "./boot-facts";
import { HOOK_TIMEOUT, LAUNCH, PROCESS_START, STATUS_CHECK } from "./figures";
import { disksOf } from "./machine-disks";
import { type Addend, type Finding, type Outcome, comesBack, goesOn, isGone } from "./model";
import { type Unit, readUnit } from "./unit";
import { count, zonesOf } from "./references";

/** Auto Scaling's processes without which a lost machine is not replaced. */
const REPLACING = ["HealthCheck", "Launch", "ReplaceUnhealthy", "Terminate"];

/** What decides how a group recovers. */
interface Group {
  /** Machines at least: more may run, and need not */
  readonly machines: number;
  /** Undefined when only Terraform knows the subnets */
  readonly zones: number | undefined;
  readonly behindLoadBalancer: boolean;
  /** What becomes of work meanwhile: " (its messages wait in the queue)", or nothing to be said */
  readonly meanwhile: string;
  readonly unit: Unit | undefined;
  /** From the failure until Auto Scaling knows of it, when a health check sees the service */
  readonly serviceCheck: Addend | undefined;
  readonly boot: Addend;
  /** The process without which nothing is replaced, if one is suspended */
  readonly suspended: string | undefined;
}

/** An Auto Scaling group: replaces machines, in another zone where one is lost. */
export function judgeGroup(stack: SynthesizedStack, resource: Resource, images: string): Finding[] {
  const [template = resource] = resource.blocks("launch_template").map((block) => block.follow("id"));
  const boot = bootFactsOf(stack, template);
  const group = readGroup(stack, resource, template, boot, images);
  const { disks, findings } = disksOf(stack, resource, boot, group.unit, false);
  const { zones } = group;
  const where = zones === undefined ? "zones that the plan shows" : count(zones, "zone");
  const { found, finding } = addressOf(stack, resource, template, boot, group.behindLoadBalancer);
  return [
    {
      address: resource.address,
      what: `group of ${sizeOf(resource)} in ${where}, checked by ${resource.optionalString("health_check_type") ?? "EC2"}`,
      outcomes: { process: processLost(group), machine: machineLost(group), zone: zoneLost(group) },
      recovery: { by: "group", disks, address: found },
    },
    ...findings,
    ...(finding === undefined ? [] : [finding]),
  ];
}

/** "1 machine", "1 to 2 machines" */
function sizeOf(resource: Resource): string {
  const [min, max] = [resource.number("min_size"), resource.number("max_size")];
  return `${min === max ? "" : `${min} to `}${count(max, "machine")}`;
}

function readGroup(
  stack: SynthesizedStack,
  resource: Resource,
  template: Resource,
  boot: BootFacts,
  images: string,
): Group {
  const targetGroups = resource.references("target_group_arns").map((arn) => stack.follow(arn, resource.address));
  const [check] = targetGroups.flatMap((target) => target.blocks("health_check"));
  const [hook] = resource.blocks("initial_lifecycle_hook");
  const hookTimeout = hook?.number("heartbeat_timeout", HOOK_TIMEOUT);
  const checkedByLoadBalancer = resource.optionalString("health_check_type") === "ELB" && check !== undefined;
  return {
    machines: resource.number("min_size"),
    zones: zonesOf(stack, resource, "vpc_zone_identifier")?.size,
    behindLoadBalancer: targetGroups.length > 0,
    meanwhile: receivesMessages(stack, template) ? " (messages wait in the queue)" : "",
    unit: boot.unit === undefined ? undefined : readUnit(images, boot.unit),
    serviceCheck: checkedByLoadBalancer
      ? {
          // The provider's defaults are AWS's.
          seconds: check.number("interval", 30) * check.number("unhealthy_threshold", 3),
          what: "until the load balancer's checks have failed",
          basis: "stack",
        }
      : undefined,
    boot: bootTime(boot, hookTimeout),
    suspended: resource.references("suspended_processes").find((process) => REPLACING.includes(process)),
  };
}

/** Whether its machines take their work from a queue, which gives it to another one when it is not done in time. */
function receivesMessages(stack: SynthesizedStack, template: Resource): boolean {
  const roles = template.blocks("iam_instance_profile").map((block) => block.follow("name").follow("role").address);
  return stack
    .ofType("aws_iam_role_policy")
    .filter((policy) => String(policy.references("policy")).includes('"sqs:ReceiveMessage"'))
    .some((policy) => roles.includes(policy.follow("role").address));
}

/** What a boot may take: as long as its script waits for the service, and never longer than the group waits for it. */
function bootTime({ timeout }: BootFacts, hookTimeout: number | undefined): Addend {
  const known = [timeout, hookTimeout].filter((seconds) => seconds !== undefined);
  if (known.length === 0) return { seconds: 300, what: "until it has booted", basis: "assumed" };
  const limits = [
    ...(timeout === undefined ? [] : [`its script gives up after ${timeout} s`]),
    ...(hookTimeout === undefined ? [] : [`the group after ${hookTimeout} s`]),
  ];
  return { seconds: Math.min(...known), what: `until it has booted, at most: ${limits.join(", ")}`, basis: "stack" };
}

function processLost({ unit, serviceCheck, machines, behindLoadBalancer, meanwhile, boot, suspended }: Group): Outcome {
  if (unit?.restarts === true) {
    const again: Addend = { seconds: unit.restartDelay, what: "until systemd starts it", basis: "stack" };
    if (machines > 1 && behindLoadBalancer) return goesOn("the other machines serve, systemd starts it again");
    return comesBack(`systemd starts it again${meanwhile}`, [again, PROCESS_START]);
  }
  if (serviceCheck === undefined || suspended !== undefined) {
    return isGone(
      "nothing starts the process again: its unit does not, or is in no image here, and no health check sees it",
    );
  }
  if (machines > 1) return goesOn("the other machines serve, the group replaces the machine");
  return comesBack(`the group replaces the machine${meanwhile}`, [serviceCheck, LAUNCH, boot]);
}

function machineLost({ machines, serviceCheck, boot, suspended, behindLoadBalancer, meanwhile }: Group): Outcome {
  if (suspended !== undefined)
    return isGone(`the group's process ${suspended} is suspended: nothing replaces a machine`);
  if (machines > 1) {
    return goesOn(
      `the other${machines === 2 ? "" : "s"} ${behindLoadBalancer ? "serve" : "work on"}, the group replaces the machine`,
    );
  }
  return comesBack(`the group launches another machine${meanwhile}`, [serviceCheck ?? STATUS_CHECK, LAUNCH, boot]);
}

function zoneLost(group: Group): Outcome {
  const { machines, zones, behindLoadBalancer } = group;
  if (zones === undefined)
    return { ...machineLost(group), how: "the group launches in another zone, if its subnets are in several" };
  if (zones < 2) return isGone("the group may launch in one zone only");
  const outcome = machineLost(group);
  if (!outcome.survives) return outcome;
  // Auto Scaling spreads machines evenly.
  const left = machines - Math.ceil(machines / zones);
  if (left > 0) {
    return goesOn(
      `the machines of other zones ${behindLoadBalancer ? "serve" : "work on"} (${left} of ${machines}), the group launches more there`,
    );
  }
  return comesBack(`the group launches another machine in another zone${group.meanwhile}`, outcome.recoveryTime);
}
