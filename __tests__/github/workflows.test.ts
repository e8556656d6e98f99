import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { ENVIRONMENT_NAMES } from "../../environments";
import { jobOf, jobs, root, stepsUsing, textOf, workflows } from "./support/workflows";

function commandsOf(name: string): string[] {
  return jobOf(name).steps.flatMap(({ run }) => run ?? []);
}

function needsOf(name: string): string[] {
  return [jobOf(name).job.needs ?? []].flat();
}

describe("ci", () => {
  it("runs what people run, on every version of Node.js that is supported", () => {
    const { job } = jobOf("ci.yml check");
    expect(job.strategy?.matrix?.node).toEqual(["20", "22", "24"]);
    expect(commandsOf("ci.yml check")).toEqual(["bash .ci/run"]);
    const script = readFileSync(join(root, ".ci/run"), "utf8");
    for (const command of ["npm ci", "npm run lint", "npm run typecheck", "npm run synth", "npm test"]) {
      expect(script).toContain(command);
    }
  });

  it("lets Terraform, Packer and actionlint check what is theirs", () => {
    expect(commandsOf("ci.yml terraform")).toEqual(["npm run review -- validate"]);
    expect(commandsOf("ci.yml packer").filter((command) => command.startsWith("packer"))).toEqual([
      "packer init images/",
      "packer fmt -check -diff images/",
      "packer validate images/",
    ]);
    expect(commandsOf("ci.yml workflows")).toContain("npm run review -- workflows");
  });

  it("has one job that fails when any other does, for the branch's protection", () => {
    const { job } = jobOf("ci.yml ci");
    expect(needsOf("ci.yml ci").sort()).toEqual(
      Object.keys(workflows.get("ci.yml")?.jobs ?? {})
        .filter((id) => id !== "ci")
        .sort(),
    );
    expect(job.if).toBe("always()");
  });

  it("needs no credentials at all", () => {
    expect(textOf(".github/workflows/ci.yml")).not.toMatch(/id-token|vars\./);
  });
});

describe("a release", () => {
  it("reaches the environments one after the other, each only when the one before is well", () => {
    const order = ENVIRONMENT_NAMES.map((environment) => {
      const { job } = jobOf(`release.yml ${environment}`);
      return [job.uses, job.with?.environment];
    });
    expect(order).toEqual(ENVIRONMENT_NAMES.map((name) => ["./.github/workflows/release-environment.yml", name]));
    expect(needsOf("release.yml prod")).toContain("dev");
    expect(jobOf("release.yml prod").job.if).toMatch(
      /needs\.dev\.result == 'success' \|\| needs\.dev\.result == 'skipped'/,
    );
  });

  it.each(ENVIRONMENT_NAMES)(
    "changes %s alone at a time, with the roles of that environment, and is not cancelled",
    (name) => {
      const { job } = jobOf(`release.yml ${name}`);
      expect(job.concurrency).toEqual({ group: `deploy-${name}`, "cancel-in-progress": false });
      for (const kind of ["plan", "bake", "deploy"]) {
        expect(job.with?.[`${kind}-role`]).toBe(`\${{ vars.AWS_${kind.toUpperCase()}_ROLE_${name.toUpperCase()} }}`);
      }
    },
  );

  it("ends early and green when nothing has changed", () => {
    expect(jobOf("release.yml bake").job.if).toBe("needs.scope.outputs.applications != '[]'");
    for (const name of ENVIRONMENT_NAMES) {
      expect(jobOf(`release.yml ${name}`).job.if).toContain(`needs.scope.outputs.stacks-${name} != '[]'`);
    }
  });

  it("publishes, plans, waits for approval, deploys that plan and tries it", () => {
    const file = "release-environment.yml";
    expect(["plan", "deploy", "withdraw"].map((id) => needsOf(`${file} ${id}`))).toEqual([
      ["publish"],
      ["plan"],
      ["publish", "plan", "deploy"],
    ]);
    expect(commandsOf(`${file} plan`)[0]).toContain("--read-only");
    expect(commandsOf(`${file} plan`)[1]).toContain('>>"$GITHUB_STEP_SUMMARY"');
    const { job, steps } = jobOf(`${file} deploy`);
    expect(job.environment).toBe("${{ inputs.environment }}");
    const [uploaded] = stepsUsing(jobOf(`${file} plan`).steps, "actions/upload-artifact");
    const [downloaded] = stepsUsing(steps, "actions/download-artifact");
    expect(downloaded?.with?.name).toBe(uploaded?.with?.name);
    const deploy = steps.find(({ run }) => run?.includes("release -- deploy"));
    expect(deploy?.run).toContain('--plan "$PLAN"');
    expect(deploy?.env?.PLAN).toBe(uploaded?.with?.path);
    // Tried as a part of the deployment, so that what does not work is rolled back.
    expect(deploy?.run).toContain("--smoke");
  });

  it("takes its publication back whenever the deployment did not succeed, also when it was cancelled", () => {
    expect(jobOf("release-environment.yml withdraw").job.if).toMatch(
      /^\$\{\{ always\(\) .*needs\.deploy\.result != 'success'/,
    );
  });

  it("has enough time to roll back, and a session that lasts as long", () => {
    const { job, steps } = jobOf("release-environment.yml deploy");
    const [timeout] = commandsOf("release-environment.yml deploy").flatMap(
      (run) => /--timeout (\d+)/.exec(run)?.[1] ?? [],
    );
    const minutes = job["timeout-minutes"] ?? 0;
    expect(minutes).toBeGreaterThan(2 * Number(timeout));
    const [login] = stepsUsing(steps, "aws-actions/configure-aws-credentials");
    expect(Number(login?.with?.["role-duration-seconds"])).toBeGreaterThanOrEqual(minutes * 60);
  });

  it("is the only one to deploy, and only from a job that names the GitHub environment", () => {
    const deploying = jobs.filter(({ steps }) => JSON.stringify(steps).includes("deploy-role"));
    expect(deploying.map(({ name }) => name)).toEqual(["release-environment.yml deploy"]);
    expect(jobs.filter(({ job }) => job.environment !== undefined).map(({ name }) => name)).toEqual([
      "release-environment.yml deploy",
    ]);
  });
});

describe("the plans of a pull request", () => {
  it("take no lock, and leave the job without their secrets", () => {
    const commands = commandsOf("plan.yml plan");
    expect(commands[0]).toContain("--read-only");
    const [upload] = stepsUsing(jobOf("plan.yml plan").steps, "actions/upload-artifact");
    expect(commands[1]).toBe(`npm run review -- prepare plans --out ${String(upload?.with?.path)}`);
  });

  it("become a comment also when one has failed", () => {
    expect(jobOf("plan.yml comment").job.if).toBe("${{ !cancelled() && needs.changed.result == 'success' }}");
  });

  it("are not made for a fork, which is told so", () => {
    const { job, steps } = jobOf("plan.yml not-here");
    expect(job.if).toContain("head.repo.full_name != github.repository");
    expect(job.permissions).toEqual({});
    expect(steps[0]?.run).toContain("::notice");
    expect(steps[0]?.run).toContain("$GITHUB_STEP_SUMMARY");
  });

  it("of an older push are given up", () => {
    expect(workflows.get("plan.yml")?.concurrency).toEqual({
      group: "plan-${{ github.event.pull_request.number }}",
      "cancel-in-progress": true,
    });
  });
});

describe("drift", () => {
  it("is looked for every night, in the stacks that the code has", () => {
    expect(workflows.get("drift.yml")?.on).toMatchObject({
      schedule: [{ cron: expect.stringMatching(/^\d+ \d+ \* \* \*$/) }],
    });
    expect(jobOf("drift.yml drift").job.strategy?.matrix?.target).toBe("${{ fromJSON(needs.stacks.outputs.stacks) }}");
  });

  it("becomes an issue, and a red run", () => {
    expect(commandsOf("drift.yml drift").map((run) => /-- (\w+)/.exec(run)?.[1])).toEqual([
      "plan",
      "markdown",
      "issue",
      "drift",
    ]);
  });
});

describe("the clean-up of images", () => {
  it("deletes every week, and on a pull request only says what it would delete", () => {
    expect(workflows.get("prune-images.yml")?.on).toMatchObject({
      schedule: [{ cron: expect.stringMatching(/^\d+ \d+ \* \* [0-6]$/) }],
      pull_request: { paths: expect.arrayContaining(["tools/release/**"]) },
    });
    expect(commandsOf("prune-images.yml prune")[0]).toContain("--delete");
    expect(commandsOf("prune-images.yml dry-run").join()).not.toContain("--delete");
    expect(jobOf("prune-images.yml dry-run").job.if).toContain("github.event_name == 'pull_request'");
    expect(jobOf("prune-images.yml prune").job.if).toContain("github.event_name != 'pull_request'");
  });

  it.each([
    ["dry-run", "PLAN"],
    ["prune", "BAKE"],
  ])("takes, to do the %s, each environment's role to %s", (id, kind) => {
    expect(jobOf(`prune-images.yml ${id}`).job.strategy?.matrix?.include).toEqual(
      ENVIRONMENT_NAMES.map((environment) => ({
        environment,
        role: `\${{ vars.AWS_${kind}_ROLE_${environment.toUpperCase()} }}`,
      })),
    );
  });
});
