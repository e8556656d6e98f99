import { code, folded } from "../review/markdown/escape";
import { LOSSES } from "./model";
import type { ResilienceReport } from "./report";
import { type Item, sectionsOf } from "./sections";
import { BASES, LOSS_HEADINGS, RECOVERY_HEADINGS, lossCells, recoveryCells } from "./words";

/** Reports for a pull request: the recovery table, what each stack survives, and the rest folded away. */
export function markdownOf(reports: readonly ResilienceReport[]): string {
  const recovery = reports.flatMap(recoveryCells);
  const losses = reports.flatMap(({ stack, losses: of }) =>
    LOSSES.map((loss) => [stack, ...lossCells(loss, of[loss])]),
  );
  return [
    ...(recovery.length === 0 ? [] : [tableOf(RECOVERY_HEADINGS, recovery)]),
    tableOf(["stack", ...LOSS_HEADINGS], losses),
    ...reports.map(details),
    `_${BASES}_`,
  ].join("\n\n");
}

function tableOf(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(headings), line(headings.map(() => "---")), ...rows.map(line)].join("\n");
}

function details(report: ResilienceReport): string {
  const lists = sectionsOf(report).map(({ title, items }) => `**${title}**\n\n${items.map(item).join("\n")}`);
  return folded(`What ${report.stack} in ${report.environment} survives, and why`, lists.join("\n\n"));
}

function item({ text, address, lines = [] }: Item): string {
  const head = text === "" ? code(address) : `${text} (${code(address)})`;
  return [`- ${head}`, ...lines.map((line) => `  - ${line}`)].join("\n");
}
