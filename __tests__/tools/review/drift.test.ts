import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { keepDriftIssue } from "../../../tools/review/drift-issue";
import { repositoryOfWorkflow, runUrl, WORKFLOW_AUTHOR } from "../../../tools/review/github/repository";
import { type Outcome, review, TemporaryFolder } from "./support/command";
import { GitHubStandIn } from "./support/github";
import { plan, type PlanFixture } from "./support/plans";

const MARKER = "<!-- steadfast: drift of imagery dev -->";
const drifted: PlanFixture = {
  resources: [{ address: "aws_x.a", actions: ["update"], before: { a: 1 }, after: { a: 2 } }],
};

let github: GitHubStandIn;
let plans: TemporaryFolder;

beforeEach(async () => {
  github = await GitHubStandIn.start();
  plans = new TemporaryFolder();
});

afterEach(async () => {
  plans.remove();
  await github.stop();
});

function keep(fixture: PlanFixture, environment = "dev"): Promise<string> {
  const repository = repositoryOfWorkflow(github.env, WORKFLOW_AUTHOR);
  return keepDriftIssue(repository, plan(fixture, "imagery", environment), runUrl(github.env));
}

function run(command: "issue" | "drift", environment = "dev"): Promise<Outcome> {
  return review([command, plans.path, "--stack", "imagery", "--env", environment], github.env);
}

describe("the issue of a stack in an environment", () => {
  it("is opened when it is not as the code says", async () => {
    expect(await keep(drifted)).toBe("opened");
    expect(github.issues).toEqual([
      expect.objectContaining({ title: "imagery in dev is not as the code says", labels: ["drift"], state: "open" }),
    ]);
    const [{ body } = { body: "" }] = github.issues;
    expect(body.startsWith(`${MARKER}\n`)).toBe(true);
    expect(body).toContain("**update** `aws_x.a`\n  - `a`: `1` → `2`");
    expect(body).toContain("([run](https://github.example/someone/steadfast/actions/runs/42))");
  });

  it("is updated as long as it is open, found among many", async () => {
    const ours = github.addIssue({ body: `${MARKER}\nold` });
    for (let count = 0; count < 130; count += 1) {
      github.addIssue({ body: `<!-- steadfast: drift of stack-${count} dev -->\n` });
    }
    github.addIssue({ body: `${MARKER}\ncopied`, user: { login: "a-person" } });
    github.addIssue({ body: `${MARKER}\n`, pull_request: {} });
    expect(await keep(drifted)).toBe("updated");
    expect(github.writes).toEqual([`PATCH issues/${ours.number}`]);
    expect(ours.body).toContain("aws_x.a");
  });

  it("is closed with a word when it is as the code says again, and then left alone", async () => {
    const ours = github.addIssue({ body: `${MARKER}\nold` });
    expect(await keep({})).toBe("closed");
    expect(ours.state).toBe("closed");
    expect(github.comments).toEqual([expect.objectContaining({ issue: ours.number })]);
    expect(github.comments[0]?.body).toContain("as the code says again");
    expect(await keep({})).toBe("none");
    expect(github.comments).toHaveLength(1);
  });

  it("is opened again when it drifts again, and not an older one", async () => {
    const older = github.addIssue({ body: `${MARKER}\nolder`, state: "closed" });
    const ours = github.addIssue({ body: `${MARKER}\nold`, state: "closed" });
    expect(await keep(drifted)).toBe("reopened");
    expect([ours.state, older.state]).toEqual(["open", "closed"]);
    expect(github.comments[0]?.body).toContain("not as the code says again");
  });

  it("is not that of another environment", async () => {
    github.addIssue({ body: `${MARKER}\nold` });
    expect(await keep(drifted, "prod")).toBe("opened");
  });

  it("is not opened for a change outside of Terraform that a deployment would leave alone", async () => {
    expect(await keep({ drift: [{ actions: ["update"], before: { a: 1 }, after: { a: 2 } }] })).toBe("none");
    expect(github.writes).toEqual([]);
  });
});

describe("npm run review -- issue", () => {
  it("says what it did", async () => {
    plans.writePlan(drifted);
    expect(await run("issue")).toMatchObject({ status: 0, stdout: "issue of imagery dev: opened\n" });
  });

  it("fails when GitHub does", async () => {
    plans.writePlan(drifted);
    github.failure = { status: 502, message: "Bad Gateway" };
    const { status, stderr } = await run("issue");
    expect([status, stderr]).toEqual([
      1,
      "error: could not read the issues with the label drift: GitHub answered 502, Bad Gateway\n",
    ]);
  });
});

describe("the exit code of npm run review -- drift", () => {
  it("is 0 when the stack is as the code says", async () => {
    plans.writePlan({});
    expect(await run("drift")).toMatchObject({ status: 0, stdout: "imagery dev is as the code says\n" });
  });

  it("is 2 when it is not", async () => {
    plans.writePlan(drifted);
    expect(await run("drift")).toMatchObject({ status: 2, stdout: "imagery dev is not as the code says\n" });
  });

  it.each([
    ["the plan is missing", "prod", /has no plan of imagery prod/],
    ["the plan cannot be read", "dev", /is not JSON/],
  ])("is 1 when %s", async (_, environment, message) => {
    if (environment === "dev") plans.write("imagery.dev.json", "{");
    const { status, stderr } = await run("drift", environment);
    expect([status, stderr]).toEqual([1, expect.stringMatching(message)]);
  });

  it("is 1 for a folder that does not exist and for a mistake in the command, too", async () => {
    const nowhere = await review(["drift", "/nonexistent", "--stack", "imagery", "--env", "dev"]);
    expect([nowhere.status, nowhere.stderr]).toEqual([1, "error: there is no folder /nonexistent\n"]);
    expect((await review(["drift", plans.path])).status).toBe(1);
  });
});
