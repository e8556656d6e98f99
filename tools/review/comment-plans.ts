import { type CommentResult, keepComment } from "./github/comment";
import type { Repository } from "./github/repository";
import { COMMENT_LIMIT, report } from "./markdown/report";
import type { MissingPlan } from "./markdown/summary";
import { isClean, type StackPlan } from "./plan/model";

const MARKER = "<!-- steadfast: plans of this pull request -->";

export interface PlansOfPullRequest {
  readonly plans: readonly StackPlan[];
  /** Stacks that have to have a plan; one that has none has failed */
  readonly expected: readonly MissingPlan[];
  /** Stacks that are not in the code any more */
  readonly removed: readonly MissingPlan[];
  /** Address of the run that has made the plans; undefined outside of a workflow */
  readonly run: string | undefined;
}

/** Keeps one comment with all plans on a pull request. When nothing changes there is none, or the one that is there says so. */
export async function commentPlans(
  repository: Repository,
  pullRequest: number,
  { plans, expected, removed, run }: PlansOfPullRequest,
): Promise<CommentResult> {
  const missing = expected.filter(
    ({ stack, environment }) => !plans.some((plan) => plan.stack === stack && plan.environment === environment),
  );
  const worthIt = missing.length > 0 || removed.length > 0 || plans.some((plan) => !isClean(plan));
  const notes = removed.map(
    ({ stack, environment }) =>
      `**${stack} ${environment}** is not in the code any more. What it has made stays, until somebody who has the code runs ` +
      `\`ENVIRONMENT=${environment} npx cdktf destroy ${stack}\`.`,
  );
  const limit = COMMENT_LIMIT - notes.join("\n\n").length;
  const body = worthIt
    ? [
        ...(plans.length + missing.length > 0 ? [report(plans, { limit, elsewhere: elsewhere(run), missing })] : []),
        ...notes,
        ...(run === undefined ? [] : [`[The run that made this](${run})`]),
      ]
    : ["Nothing changes any more."];
  return keepComment(repository, pullRequest, { marker: MARKER, body: ["### Plan", ...body].join("\n\n"), worthIt });
}

/** Where to look for what is not here. @param run address of the run that has made the plans */
export function elsewhere(run: string | undefined): string {
  return run === undefined ? "The plan files have all of it." : `[The run](${run}) has all of it.`;
}
