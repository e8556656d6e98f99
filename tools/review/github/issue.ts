import { onGitHub, type Repository } from "./repository";

/** What became of the issue. */
export type IssueResult = "opened" | "reopened" | "updated" | "closed" | "none";

export interface IssueOptions {
  /** First line of the issue, by which it is found again; an HTML comment that nobody sees */
  readonly marker: string;
  readonly label: string;
  readonly title: string;
  /** What is wrong, as Markdown; undefined when nothing is, which closes the issue */
  readonly problem: string | undefined;
  /** Said in a comment when the issue is closed, and when it is opened again */
  readonly closing: string;
  readonly reopening: string;
}

/** One problem is one issue, for as long as it comes back: opened, updated in place, closed, and opened again. */
export async function keepIssue(repository: Repository, options: IssueOptions): Promise<IssueResult> {
  const { octokit, owner, repo } = repository;
  const { marker, label, title, problem, closing, reopening } = options;
  const existing = await find(repository, marker, label);
  const body = problem === undefined ? undefined : `${marker}\n${problem}`;
  if (existing === undefined) {
    if (body === undefined) return "none";
    await onGitHub("open an issue", () => octokit.rest.issues.create({ owner, repo, title, body, labels: [label] }));
    return "opened";
  }
  const issue = { owner, repo, issue_number: existing.number };
  const say = (text: string) =>
    onGitHub(`comment on #${existing.number}`, () => octokit.rest.issues.createComment({ ...issue, body: text }));
  const change = (changes: Parameters<typeof octokit.rest.issues.update>[0]) =>
    onGitHub(`update #${existing.number}`, () => octokit.rest.issues.update({ ...issue, ...changes }));
  if (body === undefined) {
    if (existing.state === "closed") return "none";
    await say(closing);
    await change({ ...issue, state: "closed", state_reason: "completed" });
    return "closed";
  }
  if (existing.state === "open") {
    await change({ ...issue, title, body });
    return "updated";
  }
  await change({ ...issue, title, body, state: "open" });
  await say(reopening);
  return "reopened";
}

/** The issue with this marker, an open one if there is any. */
async function find(
  { octokit, owner, repo, author }: Repository,
  marker: string,
  label: string,
): Promise<{ readonly number: number; readonly state: string } | undefined> {
  const issues = await onGitHub(`read the issues with the label ${label}`, () =>
    octokit.paginate(octokit.rest.issues.listForRepo, { owner, repo, labels: label, state: "all", per_page: 100 }),
  );
  const ours = issues.filter(
    ({ user, body, pull_request }) =>
      user?.login === author && body?.startsWith(marker) === true && pull_request === undefined,
  );
  return ours.find(({ state }) => state === "open") ?? ours[0];
}
