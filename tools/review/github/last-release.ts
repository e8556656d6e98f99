import { RefusedError } from "../../release/errors";
import { onGitHub, type Repository } from "./repository";

/** `owner/name/.github/workflows/release.yml@refs/heads/main` */
const WORKFLOW_REF = /\/\.github\/workflows\/(?<file>[^/@]+)@refs\/heads\/(?<branch>.+)$/;

/**
 * The commit of this workflow's newest run that has succeeded, on the branch that it runs on.
 * @returns undefined when there is none
 * @throws RefusedError outside of a workflow
 */
export async function lastRelease(
  { octokit, owner, repo }: Repository,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const { file, branch } = WORKFLOW_REF.exec(env.GITHUB_WORKFLOW_REF ?? "")?.groups ?? {};
  if (file === undefined || branch === undefined) {
    throw new RefusedError("GITHUB_WORKFLOW_REF names no workflow on a branch: say with --base what to compare with");
  }
  const { data } = await onGitHub(`read the runs of ${file}`, () =>
    octokit.rest.actions.listWorkflowRuns({ owner, repo, workflow_id: file, branch, status: "success", per_page: 1 }),
  );
  return data.workflow_runs[0]?.head_sha;
}
