import { type Action, countActions, isClean, type StackPlan } from "../plan/model";
import { headline } from "./resource";

/** Resources of one stack that are named in the summary. */
const MAX_NAMED = 20;

/** A stack that should have been planned and was not: its job failed. */
export interface MissingPlan {
  readonly stack: string;
  readonly environment: string;
}

/** What a reviewer reads first: a table of all stacks, then what will be gone. */
export function summary(plans: readonly StackPlan[], missing: readonly MissingPlan[]): string {
  const rows = [
    ...plans.map((plan) => row(plan.stack, plan.environment, cells(plan))),
    ...missing.map(({ stack, environment }) => row(stack, environment, ["**no plan: it failed**", "", "", "", "", ""])),
  ];
  const header = row("stack", "environment", ["create", "change", "replace", "destroy", "outputs", "other"]);
  const line = "|---|---|--:|--:|--:|--:|--:|---|";
  return [[header, line, ...rows].join("\n"), ...plans.flatMap(gone)].join("\n\n");
}

function row(stack: string, environment: string, rest: readonly string[]): string {
  return `| ${[stack, environment, ...rest].join(" | ")} |`;
}

function cells(plan: StackPlan): string[] {
  const counts = countActions(plan.resources);
  const count = (action: Action): number => counts.get(action) ?? 0;
  const bold = (number: number): string => (number > 0 ? `**${number}**` : "0");
  const { errored, drift } = plan;
  const other = [
    ...(errored ? ["**not planned to the end**"] : []),
    ...(isClean(plan) ? ["no changes"] : []),
    ...(["move", "import", "forget"] as const)
      .filter((action) => count(action) > 0)
      .map((action) => `${count(action)} ${action}`),
    ...(drift.length > 0 ? [`${drift.length} changed outside of Terraform`] : []),
  ];
  return [
    `${count("create")}`,
    `${count("update")}`,
    bold(count("replace")),
    bold(count("delete")),
    `${plan.outputs.length}`,
    other.join(", "),
  ];
}

/** The resources of a stack that are destroyed, replaced, or left alone from now on. */
function gone({ stack, environment, resources }: StackPlan): string[] {
  const going = (["delete", "replace", "forget"] as const).flatMap((action) =>
    resources.filter((resource) => resource.action === action),
  );
  if (going.length === 0) return [];
  const items = going.slice(0, MAX_NAMED).map((resource) => `- ${headline(resource)}`);
  if (going.length > MAX_NAMED) items.push(`- and ${going.length - MAX_NAMED} more`);
  return [`**What goes in ${stack} ${environment}**\n\n${items.join("\n")}`];
}
