import { table } from "../release/display/table";
import { LOSSES } from "./model";
import type { ResilienceReport } from "./report";
import { type Item, sectionsOf } from "./sections";
import { BASES, LOSS_HEADINGS, RECOVERY_HEADINGS, lossCells, recoveryCells } from "./words";

/** Reports for a terminal: the recovery table of all machines, then each stack. */
export function textOf(reports: readonly ResilienceReport[]): string {
  const rows = reports.flatMap(recoveryCells);
  const recovery = rows.length === 0 ? [] : [table(RECOVERY_HEADINGS, rows)];
  return [...recovery, ...reports.map(stackText), BASES].join("\n\n");
}

function stackText(report: ResilienceReport): string {
  const { stack, environment, losses } = report;
  const summary = LOSSES.map((loss) => lossCells(loss, losses[loss]));
  const sections = sectionsOf(report).map(({ title, items }) => [title, ...items.flatMap(itemLines)].join("\n"));
  return [`${stack} in ${environment}`, ...[table(LOSS_HEADINGS, summary), ...sections].map(indent)].join("\n\n");
}

function itemLines({ text, address, lines = [] }: Item): string[] {
  const head = text === "" ? address : `${text} (${address})`;
  return [`  ${head}`, ...lines.map((line) => `    ${line}`)];
}

function indent(text: string): string {
  return text.replace(/^/gm, "  ");
}
