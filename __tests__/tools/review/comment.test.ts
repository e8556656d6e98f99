import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { commentPlans, type PlansOfPullRequest } from "../../../tools/review/comment-plans";
import { repositoryOfWorkflow, runUrl, WORKFLOW_AUTHOR } from "../../../tools/review/github/repository";
import { review, TemporaryFolder } from "./support/command";
import { GitHubStandIn } from "./support/github";
import { plan, type PlanFixture } from "./support/plans";

const MARKER = "<!-- steadfast: plans of this pull request -->";
const changes: PlanFixture = { resources: [{ address: "aws_x.a", actions: ["create"], after: { name: "a" } }] };

const dev = { stack: "imagery", environment: "dev" };

let github: GitHubStandIn;

beforeEach(async () => {
  github = await GitHubStandIn.start();
});

afterEach(() => github.stop());

function comment(content: Partial<PlansOfPullRequest>): Promise<string> {
  const nothing = { plans: [], expected: [], removed: [], run: runUrl(github.env) };
  return commentPlans(repositoryOfWorkflow(github.env, WORKFLOW_AUTHOR), 7, { ...nothing, ...content });
}

describe("the comment on a pull request", () => {
  it("is one: the summary, what changes, the full text, and a link to the run", async () => {
    expect(await comment({ plans: [plan(changes, "imagery", "dev", "the full plan\n")] })).toBe("created");
    expect(github.writes).toEqual(["POST issues/7/comments"]);
    const [{ body } = { body: "" }] = github.comments;
    expect(body.startsWith(`${MARKER}\n### Plan\n`)).toBe(true);
    expect(body).toContain("| imagery | dev | 1 | 0 | 0 | 0 | 0 |  |");
    expect(body).toContain("**create** `aws_x.a`");
    expect(body).toContain("```text\nthe full plan\n```");
    expect(body).toContain("(https://github.example/someone/steadfast/actions/runs/42)");
  });

  it("is patched in place, wherever it is among many, and no other", async () => {
    for (let count = 0; count < 130; count += 1) github.addComment(7, `talk ${count}`, "a-person");
    github.addComment(7, `${MARKER}\nsomebody else has copied this`, "a-person");
    github.addComment(7, `about ${MARKER}`);
    const ours = github.addComment(7, `${MARKER}\nold`);
    expect(await comment({ plans: [plan(changes)] })).toBe("updated");
    expect(github.writes).toEqual([`PATCH issues/comments/${ours.id}`]);
    expect(ours.body).toContain("aws_x.a");
  });

  it("is left alone when it says it all already", async () => {
    await comment({ plans: [plan(changes)] });
    expect(await comment({ plans: [plan(changes)] })).toBe("unchanged");
    expect(github.writes).toHaveLength(1);
  });

  it("is not made when nothing changes", async () => {
    expect(await comment({ plans: [plan({})], expected: [dev] })).toBe("none");
    expect(github.writes).toEqual([]);
  });

  it("says so, when there is one and nothing changes any more", async () => {
    const ours = github.addComment(7, `${MARKER}\nold`);
    expect(await comment({})).toBe("updated");
    expect(ours.body).toBe(`${MARKER}\n### Plan\n\nNothing changes any more.`);
  });

  it("says which plan is missing, although nothing else is to be said", async () => {
    await comment({ plans: [plan({})], expected: [dev, { stack: "imagery", environment: "prod" }] });
    expect(github.comments[0]?.body).toContain("| imagery | prod | **no plan: it failed** |");
    expect(github.comments[0]?.body).not.toContain("| imagery | dev | **no plan: it failed** |");
  });

  it("says what a stack that was removed from the code leaves behind", async () => {
    await comment({ removed: [dev] });
    expect(github.comments[0]?.body).toContain("ENVIRONMENT=dev npx cdktf destroy imagery");
  });

  it("stays below what GitHub takes, and says what was left out", async () => {
    await comment({ plans: [plan(changes, "imagery", "dev", "x".repeat(80_000))] });
    const [{ body } = { body: "" }] = github.comments;
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body).toContain("Left out because it is too long: the full text of imagery dev. [The run]");
  });
});

describe("npm run review -- comment", () => {
  let plans: TemporaryFolder;

  beforeEach(() => {
    plans = new TemporaryFolder();
  });

  afterEach(() => {
    plans.remove();
  });

  it("reads the plans of a folder, as they are planned or as they are prepared for review", async () => {
    plans.writePlan(changes);
    const reviews = `${plans.path}/reviews`;
    expect((await review(["prepare", plans.path, "--out", reviews])).status).toBe(0);
    for (const folder of [plans.path, reviews]) {
      const { status, stdout } = await review(["comment", folder, "--pull-request", "7"], github.env);
      expect([status, stdout]).toEqual([0, expect.stringMatching(/^comment on #7: (created|unchanged)\n$/)]);
    }
    expect(github.writes).toEqual(["POST issues/7/comments"]);
  });

  it("fails with GitHub's own words when it is not allowed", async () => {
    plans.writePlan(changes);
    github.failure = { status: 403, message: "Resource not accessible by integration" };
    const { status, stderr } = await review(["comment", plans.path, "--pull-request", "7"], github.env);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^error: could not read the comments of #7: GitHub answered 403, Resource not accessible by integration.*permission/,
    );
  });

  it.each([
    ["without a token", { GITHUB_TOKEN: "" }, ["--pull-request", "7"], /^error: GITHUB_TOKEN is not set/],
    ["without a number", {}, ["--pull-request", "seven"], /It must be a number/],
    ["with a list that is none", {}, ["--pull-request", "7", "--expected", "imagery"], /It must be JSON such as/],
    ["with a name that is none", {}, ["--pull-request", "7", "--removed", '[{"stack":"|","environment":"e"}]'], /JSON/],
  ])("is not possible %s", async (_, env, args, message) => {
    const { status, stderr } = await review(["comment", plans.path, ...args], { ...github.env, ...env });
    expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(github.writes).toEqual([]);
  });
});
