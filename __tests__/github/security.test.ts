import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { files, jobOf, jobs, root, stepsUsing, textOf, workflows } from "./support/workflows";

const AWS_LOGIN = "aws-actions/configure-aws-credentials";

/** What each job may, apart from reading the repository. A new right needs a new line here. */
const RIGHTS: Readonly<Record<string, readonly string[]>> = {
  "drift.yml drift": ["id-token: write", "issues: write"],
  "plan.yml plan": ["id-token: write"],
  "plan.yml comment": ["pull-requests: write"],
  "prune-images.yml dry-run": ["id-token: write"],
  "prune-images.yml prune": ["id-token: write"],
  "release.yml scope": ["actions: read", "id-token: write"],
  "release.yml bake": ["id-token: write"],
  "release.yml dev": ["id-token: write"],
  "release.yml prod": ["id-token: write"],
  "release-environment.yml publish": ["id-token: write"],
  "release-environment.yml plan": ["id-token: write"],
  "release-environment.yml deploy": ["id-token: write"],
  "release-environment.yml withdraw": ["id-token: write"],
};

/** The role that each job takes. */
const ROLES: Readonly<Record<string, string>> = {
  "drift.yml drift": "${{ vars[matrix.target.planRole] }}",
  "plan.yml plan": "${{ vars[matrix.target.planRole] }}",
  "prune-images.yml dry-run": "${{ matrix.role }}",
  "prune-images.yml prune": "${{ matrix.role }}",
  "release.yml scope": "${{ vars.AWS_PLAN_ROLE_DEV }}",
  "release.yml bake": "${{ vars.AWS_BAKE_ROLE_DEV }}",
  "release-environment.yml publish": "${{ inputs.bake-role }}",
  "release-environment.yml plan": "${{ inputs.plan-role }}",
  "release-environment.yml deploy": "${{ inputs.deploy-role }}",
  "release-environment.yml withdraw": "${{ inputs.bake-role }}",
};

describe.each(files)("%s", (file) => {
  const text = textOf(file);
  const uses = [...text.matchAll(/^\s*(?:- )?uses: (?<what>.+)$/gm)].map(({ groups }) => groups?.what ?? "");

  it("uses nothing but this repository's own, and actions by commit with the version beside it", () => {
    for (const what of uses) {
      if (what.startsWith("./")) expect(existsSync(join(root, what))).toBe(true);
      else expect(what).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  it("holds no secret, and no other token than the job's own", () => {
    expect(text).not.toMatch(/\bsecrets *[.[:]/);
    expect(text).not.toMatch(/aws-access-key-id|aws-secret-access-key|AKIA/);
  });

  it("hands values to a shell by its environment alone", () => {
    const steps = [...text.matchAll(/^(?<indent> *)(?:- )?run: (?<line>.*)\n(?<rest>(?:\k<indent> {2,}.*\n)*)/gm)];
    for (const { groups } of steps) expect(`${groups?.line ?? ""}${groups?.rest ?? ""}`).not.toContain("${{");
    expect(steps.length).toBe(text.match(/\brun: /g)?.length ?? 0);
  });
});

it("uses each action in one version", () => {
  const pins = files.flatMap((file) => [...textOf(file).matchAll(/uses: ([\w/-]+)(@.*)$/gm)].map(([, ...pin]) => pin));
  const versions = new Map<string | undefined, Set<string | undefined>>();
  for (const [action, version] of pins) versions.set(action, (versions.get(action) ?? new Set()).add(version));
  expect([...versions.values()].filter(({ size }) => size > 1)).toEqual([]);
  expect(versions.size).toBeGreaterThan(5);
});

describe.each([...workflows])("the workflow %s", (_, workflow) => {
  it("gives its jobs no right by default", () => {
    expect(workflow.permissions).toEqual({});
  });

  it("never runs a stranger's code with the rights of this repository", () => {
    expect(Object.keys(workflow.on)).not.toContain("pull_request_target");
    expect(Object.keys(workflow.on)).not.toContain("workflow_run");
  });
});

describe.each(jobs)("the job $name", ({ name, workflow, job, steps }) => {
  const rights = Object.entries(job.permissions ?? { all: "default" }).map(([scope, access]) => `${scope}: ${access}`);
  const roles = stepsUsing(steps, AWS_LOGIN).map((step) => step.with?.["role-to-assume"]);

  it("has the rights that it needs, and no more", () => {
    expect(rights.filter((right) => right !== "contents: read").sort()).toEqual(RIGHTS[name] ?? []);
  });

  it("takes the role that is meant for it, with a token of GitHub's and nothing else", () => {
    expect(roles).toEqual(ROLES[name] === undefined ? [] : [ROLES[name]]);
    expect(rights.includes("id-token: write")).toBe(roles.length > 0 || job.uses !== undefined);
  });

  it("leaves no credentials of the checkout behind", () => {
    for (const step of stepsUsing(steps, "actions/checkout")) expect(step.with?.["persist-credentials"]).toBe(false);
  });

  it("ends by itself", () => {
    if (job.uses === undefined) expect(job["timeout-minutes"]).toBeLessThanOrEqual(120);
  });

  it("runs on a named release of the runner", () => {
    if (job.uses === undefined) expect(job["runs-on"]).toBe("ubuntu-24.04");
  });

  it("keeps what it uploads for a few days", () => {
    for (const step of stepsUsing(steps, "actions/upload-artifact")) {
      expect(step.with?.["retention-days"]).toBeLessThanOrEqual(7);
      expect(step.with?.["if-no-files-found"]).toBe("error");
    }
  });

  it("takes a role on a pull request only when the branch is this repository's, and then the one that reads", () => {
    if (roles.length === 0 || !Object.keys(workflow.on).includes("pull_request")) return;
    const conditions = [job, ...[job.needs ?? []].flat().map((needed) => workflow.jobs[needed])].map((one) => one?.if);
    const notOnPullRequests = conditions.some((one) => one?.includes("github.event_name != 'pull_request'"));
    const ownBranch = conditions.some((one) =>
      one?.includes("github.event.pull_request.head.repo.full_name == github.repository"),
    );
    expect(notOnPullRequests || ownBranch).toBe(true);
    if (!notOnPullRequests) expect(JSON.stringify([roles, job.strategy])).not.toMatch(/AWS_(BAKE|DEPLOY)_ROLE/);
  });
});

it("grants what is listed to jobs that there are", () => {
  for (const name of [...Object.keys(RIGHTS), ...Object.keys(ROLES)]) expect(jobOf(name).name).toBe(name);
});
