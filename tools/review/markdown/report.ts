import { isClean, type StackPlan } from "../plan/model";
import { codeBlock, folded } from "./escape";
import { headline, outputItem, resourceItem } from "./resource";
import { type MissingPlan, summary } from "./summary";

export interface ReportOptions {
  /** The most characters that it may have */
  readonly limit: number;
  /** Where everything can be read, as Markdown */
  readonly elsewhere: string;
  /** Stacks that should have been planned and were not. Default: none */
  readonly missing?: readonly MissingPlan[];
}

/** Characters that a comment or an issue on GitHub may have, with some to spare for what is put around the report. */
export const COMMENT_LIMIT = 65_536 - 1_500;
/** What was left out is named, up to so many. */
const MAX_LEFT_OUT = 5;
/** Bytes that a step may write into its job's summary are 1 MiB (https://docs.github.com/en/actions/reference/limits). */
export const JOB_SUMMARY_LIMIT = 500_000;

/**
 * Plans as Markdown: the summary first, then what changes in each stack, then each plan's full text, both folded. What does not
 * fit into the limit is left out from the end, and said to be.
 */
export function report(plans: readonly StackPlan[], { limit, elsewhere, missing = [] }: ReportOptions): string {
  const changed = plans.filter((plan) => !isClean(plan) || plan.drift.length > 0);
  const sections = [
    ...changed.map((plan) => ({ name: `the changes of ${nameOf(plan)}`, markdown: changes(plan) })),
    ...changed.flatMap((plan) =>
      plan.text === undefined
        ? []
        : [{ name: `the full text of ${nameOf(plan)}`, markdown: fullText(plan, plan.text) }],
    ),
  ];
  // Room for saying what was left out, at its longest.
  const byLength = sections.map(({ name }) => name).sort((one, other) => other.length - one.length);
  const room = limit - (sections.length === 0 ? 0 : leftOut(byLength, elsewhere).length + 2);
  const parts = [cut(summary(plans, missing), room, elsewhere)];
  const left: string[] = [];
  for (const { name, markdown } of sections) {
    if ([...parts, markdown].join("\n\n").length <= room) parts.push(markdown);
    else left.push(name);
  }
  return [...parts, ...(left.length > 0 ? [leftOut(left, elsewhere)] : [])].join("\n\n");
}

function nameOf({ stack, environment }: StackPlan): string {
  return `${stack} ${environment}`;
}

function leftOut(names: readonly string[], elsewhere: string): string {
  const more = names.length > MAX_LEFT_OUT ? ` and ${names.length - MAX_LEFT_OUT} more` : "";
  return `_Left out because it is too long: ${names.slice(0, MAX_LEFT_OUT).join(", ")}${more}. ${elsewhere}_`;
}

/** The summary alone can be too long, with very many stacks. Cut at the end of a line. */
function cut(text: string, limit: number, elsewhere: string): string {
  if (text.length <= limit) return text;
  const note = `\n\n_Cut off because it is too long. ${elsewhere}_`;
  const end = text.lastIndexOf("\n", limit - note.length);
  return `${text.slice(0, Math.max(0, end))}${note}`;
}

function changes(plan: StackPlan): string {
  const { resources, outputs, drift, errored } = plan;
  const lists = [
    ...(errored ? ["Terraform stopped with an error: there may be more to change than this."] : []),
    ...(resources.length > 0 ? [resources.map(resourceItem).join("\n")] : []),
    ...(outputs.length > 0 ? [`Outputs\n\n${outputs.map(outputItem).join("\n")}`] : []),
    ...(drift.length > 0
      ? [`Changed outside of Terraform since it last ran\n\n${drift.map((one) => `- ${headline(one)}`).join("\n")}`]
      : []),
  ];
  return folded(`What changes in ${nameOf(plan)}`, lists.join("\n\n"));
}

function fullText(plan: StackPlan, text: string): string {
  return folded(`Full plan of ${nameOf(plan)}`, codeBlock(text));
}
