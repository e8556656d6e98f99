import { type IssueResult, keepIssue } from "./github/issue";
import type { Repository } from "./github/repository";
import { COMMENT_LIMIT, report } from "./markdown/report";
import { isClean, type StackPlan } from "./plan/model";

/**
 * Keeps one issue for a stack in an environment that is not as the code says.
 * @param run address of the run that has made the plan; undefined outside of a workflow
 */
export function keepDriftIssue(repository: Repository, plan: StackPlan, run: string | undefined): Promise<IssueResult> {
  const { stack, environment } = plan;
  const link = run === undefined ? "" : ` ([run](${run}))`;
  return keepIssue(repository, {
    marker: `<!-- steadfast: drift of ${stack} ${environment} -->`,
    label: "drift",
    title: `${stack} in ${environment} is not as the code says`,
    problem: isClean(plan) ? undefined : problem(plan, link),
    closing: `${stack} in ${environment} is as the code says again${link}.`,
    reopening: `It is not as the code says again${link}.`,
  });
}

function problem(plan: StackPlan, link: string): string {
  const { stack, environment } = plan;
  const intro =
    `A deployment of what is on the main branch would change **${stack}** in **${environment}**${link}: either somebody has changed it ` +
    "by hand, or what was merged is not deployed yet. Deploy it, or put the change into the code: this closes itself when the plan is empty.\n\n" +
    `\`npm run release -- plan ${stack} --env ${environment} --out plans\``;
  const elsewhere = "The command above shows all of it.";
  return `${intro}\n\n${report([plan], { limit: COMMENT_LIMIT - intro.length, elsewhere })}`;
}
