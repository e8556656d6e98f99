import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { createApp } from "../../../main";
import { imageParameterPath } from "../../../modules/machine-image";
import { type Resource, SynthesizedStack } from "../../local/terraform/synthesized";
import { RefusedError } from "../errors";

/** What a release has to know of a stack, read from what was synthesized. */
export interface StackFacts {
  readonly name: string;
  readonly environment: string;
  readonly region: string;
  /** Where Terraform runs */
  readonly folder: string;
  readonly groups: readonly GroupFacts[];
  readonly alarms: readonly string[];
}

/** An Auto Scaling group of a stack. */
export interface GroupFacts {
  readonly name: string;
  /** Terraform address of its launch template */
  readonly template: string;
  /** The application whose released image it runs; undefined for one that installs at boot */
  readonly application: string | undefined;
}

/**
 * Every stack of an environment, synthesized into a folder of its own below `cdktf.out`: two environments do not share
 * Terraform's working files.
 */
export function synthesizeStacks(environment: string): StackFacts[] {
  const outdir = resolve("cdktf.out", environment);
  mkdirSync(outdir, { recursive: true });
  const app = createApp({ outdir, environment });
  app.synth();
  return app.node.children.map(({ node: { id } }) =>
    readFacts(SynthesizedStack.read(outdir, id), environment, resolve(outdir, "stacks", id)),
  );
}

/** @throws RefusedError when there is no such stack */
export function synthesizeStack(name: string, environment: string): StackFacts {
  const stacks = synthesizeStacks(environment);
  const found = stacks.find((stack) => stack.name === name);
  if (found) return found;
  throw new RefusedError(`there is no stack "${name}"; there are: ${stacks.map((stack) => stack.name).join(", ")}`);
}

/**
 * The stacks with groups that run an application's released image.
 * @throws RefusedError when there is none
 */
export function stacksThatRun(application: string, environment: string): StackFacts[] {
  const stacks = synthesizeStacks(environment);
  const found = stacks.filter((stack) => applicationsOf(stack).includes(application));
  if (found.length > 0) return found;
  const known = [...new Set(stacks.flatMap(applicationsOf))];
  throw new RefusedError(`no stack runs an application "${application}"; they run: ${known.join(", ")}`);
}

/** Reads what a release has to know from a synthesized stack. */
export function readFacts(stack: SynthesizedStack, environment: string, folder: string): StackFacts {
  return {
    name: stack.name,
    environment,
    region: stack.region,
    folder,
    groups: stack.ofType("aws_autoscaling_group").map((group) => {
      const [template] = group.blocks("launch_template").map((block) => block.follow("id"));
      if (template === undefined) throw new Error(`${group.address} has no launch_template`);
      return {
        name: group.string("name"),
        template: template.address,
        application: applicationOf(template, environment),
      };
    }),
    alarms: stack.ofType("aws_cloudwatch_metric_alarm").map((alarm) => alarm.string("alarm_name")),
  };
}

/** The released applications of a stack. */
export function applicationsOf({ groups }: StackFacts): string[] {
  return [...new Set(groups.flatMap(({ application }) => application ?? []))];
}

/** A launch template that runs a released image looks its parameter up by name. */
function applicationOf(template: Resource, environment: string): string | undefined {
  const expression = template.raw("image_id");
  const parameters = typeof expression === "string" ? [...expression.matchAll(/"(\/[^"]+)"/g)] : [];
  const prefix = `${imageParameterPath(environment)}/`;
  return parameters
    .map(([, name = ""]) => name)
    .find((name) => name.startsWith(prefix))
    ?.slice(prefix.length);
}
