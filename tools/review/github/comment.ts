import { onGitHub, type Repository } from "./repository";

/** What became of the comment. */
export type CommentResult = "created" | "updated" | "unchanged" | "none";

export interface CommentOptions {
  /** First line of the comment, by which it is found again; an HTML comment that nobody sees */
  readonly marker: string;
  /** Markdown */
  readonly body: string;
  /** Whether there is something to say. A comment that is there is updated in any case; a new one needs a reason. */
  readonly worthIt: boolean;
}

/**
 * Keeps one comment on a pull request up to date: patched in place, so that it notifies once and the conversation stays short.
 */
export async function keepComment(
  repository: Repository,
  pullRequest: number,
  { marker, body, worthIt }: CommentOptions,
): Promise<CommentResult> {
  const { octokit, owner, repo, author } = repository;
  const target = { owner, repo, issue_number: pullRequest };
  const comments = await onGitHub(`read the comments of #${pullRequest}`, () =>
    octokit.paginate(octokit.rest.issues.listComments, { ...target, per_page: 100 }),
  );
  const ours = comments.find((comment) => comment.user?.login === author && comment.body?.startsWith(marker) === true);
  const text = `${marker}\n${body}`;
  if (!ours) {
    if (!worthIt) return "none";
    await onGitHub(`comment on #${pullRequest}`, () => octokit.rest.issues.createComment({ ...target, body: text }));
    return "created";
  }
  if (ours.body === text) return "unchanged";
  await onGitHub(`update the comment on #${pullRequest}`, () =>
    octokit.rest.issues.updateComment({ owner, repo, comment_id: ours.id, body: text }),
  );
  return "updated";
}
