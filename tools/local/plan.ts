import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseBootScript } from "../../modules/boot-script";
import { READY_MADE } from "../build/applications";
import { roleName } from "./terraform/attributes";
import { imageParametersOf } from "./terraform/image-parameters";
import { emulatedTypes } from "./emulators/emulators";
import type { Capacity } from "./fleet/fleet";
import { type PolicyDocument, RolePolicies } from "./gateway/iam";
import type { LaunchSpecification } from "./fleet/instance";
import type { RefreshPreferences } from "./fleet/refresh";
import { planScaling, scalingTypes } from "./scaling/plan";
import type { Resource, SynthesizedStack } from "./terraform/synthesized";
import { readServiceUnit } from "./fleet/systemd-unit";

/** Where things of this project are; tests have folders of their own. */
export interface Folders {
  /** Holds a folder of systemd units for each image */
  readonly images: string;
  /** Holds a folder for each built application */
  readonly dist: string;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
export const projectFolders: Folders = { images: join(root, "images"), dist: join(root, "dist") };

/** What stands for a machine image here: units and built applications, and a name in place of an AMI's id. */
export interface LocalImage extends Folders {
  readonly name: string;
}

/** What is to be known of an Auto Scaling group to run it here. */
export interface FleetPlan {
  /** The id of its construct, "server" */
  readonly name: string;
  readonly capacity: Capacity;
  readonly zoneCount: number;
  /** The name of its machines' IAM role */
  readonly role: string;
  readonly targetGroups: readonly Resource[];
  readonly replaceUnhealthy: boolean;
  readonly gracePeriodMs: number;
  readonly launchTimeoutMs: number;
  readonly healthPath: string;
  readonly launch: LaunchSpecification;
  readonly refresh: RefreshPreferences;
}

/** A load balancer's name, its listener's target group. */
export interface LoadBalancerPlan {
  readonly resource: Resource;
  readonly targetGroup: Resource;
}

const runTypes = [
  ...emulatedTypes,
  ...["aws_autoscaling_group", "aws_launch_template", "aws_lb", "aws_lb_listener", "aws_lb_target_group"],
  ...["aws_iam_role", "aws_iam_role_policy", "aws_iam_instance_profile"],
  ...scalingTypes,
];

/**
 * What of a stack does not run here: resource types, without "aws_" and with how many there are ("vpc", "subnet ×4"), and each alarm,
 * scaling policy and scheduled action that cannot be imitated, with why.
 */
export function notRun(stack: SynthesizedStack): string[] {
  const counts = new Map<string, number>();
  for (const { type } of stack.resources) {
    if (!runTypes.includes(type)) counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  const types = [...counts]
    .sort()
    .map(([type, count]) => type.replace(/^aws_/, "") + (count === 1 ? "" : ` ×${count}`));
  return [...types, ...planScaling(stack).notRun];
}

/**
 * Reads the fleets of a stack.
 * @throws Error saying why a fleet cannot run on this machine
 */
export function planFleets(stack: SynthesizedStack, folders: Folders): FleetPlan[] {
  const fleets = stack.ofType("aws_autoscaling_group").map((group) => planFleet(stack, group, folders));
  if (fleets.length === 0) throw new Error("it has no fleet of services");
  return fleets;
}

function planFleet(stack: SynthesizedStack, group: Resource, folders: Folders): FleetPlan {
  const [reference] = group.blocks("launch_template");
  if (reference === undefined) throw new Error(`${group.address} has no launch_template`);
  const template = reference.follow("id");
  const [profile] = template.blocks("iam_instance_profile");
  if (profile === undefined) throw new Error(`${template.address} has no iam_instance_profile`);
  mustBeOurs(template);
  const userData = Buffer.from(template.string("user_data"), "base64").toString();
  mustBeBaked(userData);
  const script = parseBootScript(userData);
  const unit = findUnit(script.unit, folders.images);
  const min = group.number("min_size");
  const heartbeat = group.blocks("initial_lifecycle_hook")[0]?.number("heartbeat_timeout", 3600);
  return {
    name: group.id,
    capacity: { min, max: group.number("max_size"), desired: group.number("desired_capacity", min) },
    zoneCount: Math.max(group.references("vpc_zone_identifier").length, 1),
    role: roleName(profile.follow("name").follow("role")),
    targetGroups: group
      .references("target_group_arns")
      .map((arn) => stack.follow(arn, `${group.address}.target_group_arns`)),
    replaceUnhealthy: group.optionalString("health_check_type") === "ELB",
    gracePeriodMs: group.number("health_check_grace_period", 300) * 1000,
    launchTimeoutMs: (heartbeat ?? 600) * 1000,
    healthPath: script.healthPath,
    launch: {
      unit: readServiceUnit(unit),
      environment: script.environment,
      toLocalPath: (path) => toLocalPath(path, folders.dist),
    },
    refresh: refreshPreferences(group),
  };
}

/** @throws Error for machines that run what others have made, which their images alone hold */
function mustBeOurs(template: Resource): void {
  const application = READY_MADE.find((name) =>
    imageParametersOf(template).some((parameter) => parameter.endsWith(`/images/${name}`)),
  );
  if (application === undefined) return;
  throw new Error(`its machines run ${application}, which only its machine image holds`);
}

/** @throws Error for machines that are not complete when they start: what they install is not for this machine */
function mustBeBaked(userData: string): void {
  const packages = /^dnf install --assumeyes (.+)$/m.exec(userData)?.[1];
  if (packages === undefined) return;
  throw new Error(`its machines install ${packages} from Amazon Linux's repositories when they boot`);
}

/** The group's preferences, with AWS's defaults. */
function refreshPreferences(group: Resource): RefreshPreferences {
  const [preferences] = group.blocks("instance_refresh").flatMap((refresh) => refresh.blocks("preferences"));
  const gracePeriod = group.number("health_check_grace_period", 300);
  return {
    minHealthyPercentage: preferences?.number("min_healthy_percentage", 90) ?? 90,
    maxHealthyPercentage: preferences?.number("max_healthy_percentage", 100) ?? 100,
    warmupMs: (preferences?.number("instance_warmup", gracePeriod) ?? gracePeriod) * 1000,
  };
}

/** The same fleet, whose times that stand for a machine's booting and warming up are shorter by a factor. */
export function hurried(plan: FleetPlan, timeFactor: number): FleetPlan {
  return {
    ...plan,
    gracePeriodMs: plan.gracePeriodMs / timeFactor,
    launchTimeoutMs: plan.launchTimeoutMs / timeFactor,
    refresh: { ...plan.refresh, warmupMs: plan.refresh.warmupMs / timeFactor },
  };
}

function findUnit(name: string, images: string): string {
  const file = name.endsWith(".service") ? name : `${name}.service`;
  const found = readdirSync(images, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(images, entry.name, file))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error(`there is no unit ${file} in ${basename(images)}/*/`);
  return found;
}

/** What is at a path of an image is, on this machine, this Node.js or a built application. */
function toLocalPath(path: string, dist: string): string {
  if (/^\/usr\/bin\/node(-\d+)?$/.test(path)) return process.execPath;
  return path.startsWith("/opt/") ? join(dist, path.slice("/opt/".length)) : path;
}

/** Reads the load balancers with the target group to which each forwards. */
export function planLoadBalancers(stack: SynthesizedStack): LoadBalancerPlan[] {
  return stack.ofType("aws_lb").map((resource) => {
    const targets = stack
      .ofType("aws_lb_listener")
      .filter((listener) => listener.follow("load_balancer_arn").address === resource.address)
      .flatMap((listener) => listener.blocks("default_action"))
      .filter((action) => action.string("type") === "forward")
      .map((action) => action.follow("target_group_arn"));
    const [targetGroup] = targets;
    if (targetGroup === undefined)
      throw new Error(`${resource.address} has no listener that forwards to a target group`);
    return { resource, targetGroup };
  });
}

/** Reads what each role may do, by the role's name. */
export function readPolicies(stack: SynthesizedStack): Map<string, RolePolicies> {
  const documents = new Map<string, PolicyDocument[]>();
  for (const policy of stack.ofType("aws_iam_role_policy")) {
    const role = roleName(policy.follow("role"));
    const document = JSON.parse(policy.string("policy")) as PolicyDocument;
    documents.set(role, [...(documents.get(role) ?? []), document]);
  }
  return new Map([...documents].map(([role, list]) => [role, new RolePolicies(list)]));
}
