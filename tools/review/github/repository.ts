import { Octokit } from "@octokit/rest";
import { FailedError, RefusedError } from "../../release/errors";

/** Who writes what a workflow writes with its own token. */
export const WORKFLOW_AUTHOR = "github-actions[bot]";

/** A repository on GitHub, with the rights of the token at hand. */
export interface Repository {
  readonly octokit: Octokit;
  readonly owner: string;
  readonly repo: string;
  /** Login of those comments and issues that are ours; what others write is left alone, whatever it says */
  readonly author: string;
}

/**
 * The repository that the workflow runs for, from the variables that GitHub Actions sets.
 * @throws RefusedError when one is missing
 */
export function repositoryOfWorkflow(env: NodeJS.ProcessEnv, author: string): Repository {
  const token = required(env, "GITHUB_TOKEN", "the job's own token: env: GITHUB_TOKEN: ${{ github.token }}");
  const name = required(env, "GITHUB_REPOSITORY", "owner/name");
  const [owner = "", repo = ""] = name.split("/");
  const baseUrl = env.GITHUB_API_URL ?? "https://api.github.com";
  // Its own log would repeat, and in another format, what the errors say.
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  return { octokit: new Octokit({ auth: token, baseUrl, log: quiet }), owner, repo, author };
}

/** Address of the workflow's run, for people who want to read more; undefined outside of a workflow. */
export function runUrl(env: NodeJS.ProcessEnv): string | undefined {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID } = env;
  if (GITHUB_SERVER_URL === undefined || GITHUB_REPOSITORY === undefined || GITHUB_RUN_ID === undefined) {
    return undefined;
  }
  return `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
}

/**
 * Does something on GitHub.
 * @param what it is, for the error
 * @throws FailedError with GitHub's answer in plain words
 */
export async function onGitHub<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !("status" in error)) throw error;
    const { status, message } = error;
    const hint = status === 401 || status === 403 || status === 404 ? ". Has the job the permission for it?" : "";
    throw new FailedError(`could not ${what}: GitHub answered ${String(status)}, ${message}${hint}`);
  }
}

function required(env: NodeJS.ProcessEnv, name: string, what: string): string {
  const value = env[name];
  if (value === undefined || value === "") throw new RefusedError(`${name} is not set (${what})`);
  return value;
}
