import { type Finding, LOSSES } from "./model";
import type { ResilienceReport } from "./report";
import { sentencesOf } from "./words";

/** A part of a stack's report: a list of resources, and what is to be said of each. */
export interface Section {
  readonly title: string;
  readonly items: readonly Item[];
}

export interface Item {
  /** What is lost, or what the resource is; empty when its address says enough */
  readonly text: string;
  /** Terraform's address */
  readonly address: string;
  /** Default: nothing more */
  readonly lines?: readonly string[];
}

/** What a report has to say of single resources, the worst first. Sections without items are left out. */
export function sectionsOf({ findings, notSurvived, notJudged }: ResilienceReport): Section[] {
  const sections: Section[] = [
    {
      title: "Does not survive",
      items: notSurvived.map(({ losses, what, address }) => ({
        text: `loss of a ${losses.join(" or ")}: ${what}`,
        address,
      })),
    },
    {
      title: "Not judged, no rule knows its type",
      items: notJudged.map((address) => ({ text: "", address })),
    },
    {
      title: "What happens",
      items: findings
        .filter((finding) => !isSteady(finding))
        .map((finding) => ({ text: finding.what, address: finding.address, lines: sentencesOf(finding) })),
    },
    {
      title: "Goes on, whatever is lost",
      items: findings.filter(isSteady).map(({ what, address }) => ({ text: what, address })),
    },
  ];
  return sections.filter(({ items }) => items.length > 0);
}

/** Whether nothing is to be said of a resource but that it goes on. */
function isSteady({ outcomes }: Finding): boolean {
  return LOSSES.every((loss) => outcomes[loss].recoveryTime.length === 0 && outcomes[loss].loses === undefined);
}
