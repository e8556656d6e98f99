import { imageParameterPath } from "../../../modules/image-parameter";
import { imageParametersOf } from "../../local/terraform/image-parameters";
import type { Resource, SynthesizedStack } from "../../local/terraform/synthesized";

/** What a release has to know of a stack, read from what was synthesized. */
export interface StackFacts {
  readonly name: string;
  readonly environment: string;
  readonly region: string;
  /** Where Terraform runs */
  readonly folder: string;
  readonly groups: readonly GroupFacts[];
  readonly alarms: readonly string[];
  /** Whether anybody on the internet may reach something of it; else its URL is for its own people's networks */
  readonly open: boolean;
  /** Names of the Terraform variables that a person supplies */
  readonly variables: readonly string[];
}

/** An Auto Scaling group of a stack. */
export interface GroupFacts {
  readonly name: string;
  /** Terraform address of its launch template */
  readonly template: string;
  /** The application whose released image it runs; undefined for one that installs at boot */
  readonly application: string | undefined;
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
    open: stack
      .ofType("aws_vpc_security_group_ingress_rule")
      .some((rule) => rule.optionalString("cidr_ipv4") === "0.0.0.0/0"),
    variables: stack.variables,
  };
}

/** The released applications of a stack. */
export function applicationsOf({ groups }: StackFacts): string[] {
  return [...new Set(groups.flatMap(({ application }) => application ?? []))];
}

/** A launch template that runs a released image looks its parameter up by name. */
function applicationOf(template: Resource, environment: string): string | undefined {
  const prefix = `${imageParameterPath(environment)}/`;
  return imageParametersOf(template)
    .find((name) => name.startsWith(prefix))
    ?.slice(prefix.length);
}
