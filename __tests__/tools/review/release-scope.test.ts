import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { lastRelease } from "../../../tools/review/github/last-release";
import { repositoryOfWorkflow, WORKFLOW_AUTHOR } from "../../../tools/review/github/repository";
import { refuseLocalState, releaseScope, withPlanRole } from "../../../tools/review/stacks/targets";
import { setOutputs, warn } from "../../../tools/review/workflow-output";
import { root, TemporaryFolder } from "./support/command";
import { GitHubStandIn } from "./support/github";

describe("what a release has to do", () => {
  let folder: TemporaryFolder;

  beforeAll(() => {
    // Stacks are synthesized below the current folder, where other tests do so, too.
    folder = new TemporaryFolder();
    process.chdir(folder.path);
  });

  afterAll(() => {
    process.chdir(root);
    folder.remove();
  });

  it("is nothing when nothing has changed", () => {
    expect(releaseScope([], [])).toEqual({ applications: [], stacks: { dev: [], prod: [] } });
  });

  it("is to deploy the stacks that run a changed application, everywhere", () => {
    expect(releaseScope(["imagery"], [])).toEqual({
      applications: ["imagery"],
      stacks: { dev: ["imagery"], prod: ["imagery"] },
    });
  });

  it("is to deploy a stack that has changed itself, where it has", () => {
    expect(releaseScope([], [{ stack: "imagery", environment: "prod" }]).stacks).toEqual({
      dev: [],
      prod: ["imagery"],
    });
  });

  it("is never to deploy the stack that the roles of the workflows come from", () => {
    const changed = [{ stack: "bootstrap", environment: "dev" }];
    expect(releaseScope([], changed).stacks).toEqual({ dev: [], prod: [] });
    // web-servers installs at boot, and Jenkins and WordPress ask for a password: people deploy them.
    const all = ["imagery", "url2png"];
    expect(releaseScope([], "all").stacks).toEqual({ dev: all, prod: all });
  });
});

describe("a plan that a workflow makes", () => {
  it("is made with the role of its environment", () => {
    expect(withPlanRole([{ stack: "imagery", environment: "prod" }])).toEqual([
      { stack: "imagery", environment: "prod", planRole: "AWS_PLAN_ROLE_PROD" },
    ]);
  });

  it("is refused while the state is in a local file", () => {
    const refuse = (stateBucket: string | undefined): void => {
      refuseLocalState(["dev", "prod"], () => ({ stateBucket }));
    };
    expect(() => {
      refuse(undefined);
    }).toThrow(/^dev and prod keep Terraform's state in a local file.*stateBucket/);
    expect(() => {
      refuse("a-bucket");
    }).not.toThrow();
  });
});

describe("the last release", () => {
  let github: GitHubStandIn;

  beforeEach(async () => {
    github = await GitHubStandIn.start();
  });

  afterEach(() => github.stop());

  it("is the newest run of this workflow, on its branch, that has succeeded", async () => {
    github.runs = ["aaa", "bbb"];
    const repository = repositoryOfWorkflow(github.env, WORKFLOW_AUTHOR);
    expect(await lastRelease(repository, github.env)).toBe("aaa");
    expect(github.requests).toEqual([
      "GET /repos/someone/steadfast/actions/workflows/release.yml/runs?branch=main&status=success&per_page=1",
    ]);
  });

  it("is not there before the first", async () => {
    expect(await lastRelease(repositoryOfWorkflow(github.env, WORKFLOW_AUTHOR), github.env)).toBeUndefined();
  });

  it("cannot be told outside of a workflow", async () => {
    const repository = repositoryOfWorkflow(github.env, WORKFLOW_AUTHOR);
    await expect(lastRelease(repository, {})).rejects.toThrow(/--base/);
  });
});

describe("what a command gives to its workflow", () => {
  it("is one line of JSON for each output, behind what is there", () => {
    const folder = new TemporaryFolder();
    try {
      const file = folder.write("output", "before=1\n");
      setOutputs({ stacks: [{ stack: "a", environment: "dev" }], none: [] }, { GITHUB_OUTPUT: file });
      expect(readFileSync(file, "utf8")).toBe('before=1\nstacks=[{"stack":"a","environment":"dev"}]\nnone=[]\n');
    } finally {
      folder.remove();
    }
  });

  it("is nothing when there is no workflow", () => {
    expect(() => {
      setOutputs({ a: 1 }, {});
    }).not.toThrow();
  });

  it("is a warning on the run's page, in one line", () => {
    const written: unknown[] = [];
    const spy = jest.spyOn(process.stderr, "write").mockImplementation((text) => written.push(text) > 0);
    warn("100 %\nof it", { GITHUB_ACTIONS: "true" });
    warn("plain", {});
    spy.mockRestore();
    expect(written).toEqual(["::warning::100 %25%0Aof it\n", "plain\n"]);
  });
});
