import { ENVIRONMENT_NAMES, type Environment, loadEnvironment } from "../../../environments";
import { RefusedError } from "../../release/errors";
import { applicationsOf } from "../../release/terraform/stack-facts";
import { synthesizeStacks } from "../../release/terraform/synthesize";
import type { StackTarget } from "./changed-stacks";

/** Every stack in every environment. */
export function allTargets(): StackTarget[] {
  return ENVIRONMENT_NAMES.flatMap((environment) =>
    synthesizeStacks(environment).map(({ name }) => ({ stack: name, environment })),
  );
}

/** A stack to be planned, with the GitHub variable that names the role to do it with. */
export interface PlanTarget extends StackTarget {
  readonly planRole: string;
}

/** The variable's name is settled in docs/bootstrap.md. */
export function withPlanRole(targets: readonly StackTarget[]): PlanTarget[] {
  return targets.map((target) => ({ ...target, planRole: `AWS_PLAN_ROLE_${target.environment.toUpperCase()}` }));
}

/**
 * A plan that a workflow makes compares with the state; a local file is on somebody's laptop, and without it everything would
 * seem to be missing.
 * @throws RefusedError naming the environments whose state a workflow cannot read
 */
export function refuseLocalState(
  environments: readonly string[],
  load: (environment: string) => Pick<Environment, "stateBucket"> = loadEnvironment,
): void {
  const local = environments.filter((environment) => load(environment).stateBucket === undefined);
  if (local.length === 0) return;
  throw new RefusedError(
    `${local.join(" and ")} keep${local.length === 1 ? "s" : ""} Terraform's state in a local file, which a workflow cannot read: ` +
      "name a stateBucket in environments/ (docs/bootstrap.md)",
  );
}

/** What a release has to do: bake and publish these applications, then deploy these stacks in each environment. */
export interface ReleaseScope {
  readonly applications: readonly string[];
  readonly stacks: Readonly<Record<string, readonly string[]>>;
}

/**
 * A release deploys the stacks that run a changed application, and those that changed themselves. A stack that runs no released
 * application (the bootstrap stack, one that installs at boot), or asks for a value that a person supplies, is deployed by people.
 * @param applications that have changed
 * @param changed stacks that are synthesized differently; "all" when that is not known, or everything is to be deployed
 */
export function releaseScope(applications: readonly string[], changed: readonly StackTarget[] | "all"): ReleaseScope {
  const stacksOf = (environment: string): string[] =>
    synthesizeStacks(environment)
      .filter(({ variables }) => variables.length === 0)
      .map((facts) => ({ stack: facts.name, runs: applicationsOf(facts) }))
      .filter(({ runs }) => runs.length > 0)
      .filter(
        ({ stack, runs }) =>
          changed === "all" ||
          runs.some((application) => applications.includes(application)) ||
          changed.some((target) => target.stack === stack && target.environment === environment),
      )
      .map(({ stack }) => stack);
  return {
    applications,
    stacks: Object.fromEntries(ENVIRONMENT_NAMES.map((environment) => [environment, stacksOf(environment)])),
  };
}
