import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createApp } from "../../../../main";
import { SynthesizedStack } from "../../../../tools/local/terraform/synthesized";
import { applicationsOf, readFacts, type StackFacts } from "../../../../tools/release/terraform/stack-facts";
import { stacksThatRun, synthesizeStack } from "../../../../tools/release/terraform/synthesize";
import { fixtureStack } from "../../local/fixture/stack";

let folder: string;
let imagery: StackFacts;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "steadfast-facts-"));
  createApp({ outdir: folder, environment: "dev" }).synth();
  imagery = readFacts(SynthesizedStack.read(folder, "imagery"), "dev", "/where/terraform/runs");
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("what a release reads of the synthesized stack imagery", () => {
  it("is its name, environment, region and the folder in which Terraform runs", () => {
    expect(imagery).toMatchObject({
      name: "imagery",
      environment: "dev",
      region: "eu-west-1",
      folder: "/where/terraform/runs",
    });
  });

  it("are both groups, with their launch templates and the application whose released image they run", () => {
    expect(imagery.groups).toEqual([
      {
        name: "imagery-dev-server",
        template: expect.stringMatching(/^aws_launch_template\.server/),
        application: "imagery",
      },
      {
        name: "imagery-dev-worker",
        template: expect.stringMatching(/^aws_launch_template\.worker/),
        application: "imagery",
      },
    ]);
    expect(applicationsOf(imagery)).toEqual(["imagery"]);
  });

  it("are the names of all its alarms", () => {
    expect(imagery.alarms.length).toBeGreaterThan(0);
    expect(imagery.alarms.filter((name) => !name.startsWith("imagery-dev-"))).toEqual([]);
  });
});

describe("who may reach a stack, and what it asks for", () => {
  const factsOf = (name: string) => readFacts(SynthesizedStack.read(folder, name), "dev", folder);

  it("is everybody where a load balancer is open to the internet, and nothing is asked for", () => {
    expect(imagery).toMatchObject({ open: true, variables: [] });
  });

  it("are its operators where there is none, and a person supplies its password", () => {
    expect(factsOf("jenkins-multiaz-efs")).toMatchObject({ open: false, variables: ["admin_password"] });
  });
});

describe("a stack read for another environment than it was synthesized for", () => {
  it("runs no released application of that environment", () => {
    const facts = readFacts(SynthesizedStack.read(folder, "imagery"), "prod", folder);
    expect(applicationsOf(facts)).toEqual([]);
  });
});

describe("a stack of another shape", () => {
  it("is read as well", () => {
    const facts = readFacts(fixtureStack(), "dev", folder);
    expect(facts.groups.every(({ template }) => template.startsWith("aws_launch_template."))).toBe(true);
    expect(facts.groups.length).toBeGreaterThan(0);
  });
});

describe("the stacks of an environment", () => {
  const here = process.cwd();

  beforeAll(() => {
    // They are synthesized below the current folder, where other tests do so at the same time.
    process.chdir(folder);
  });

  afterAll(() => {
    process.chdir(here);
  });

  it("are found by name, in a folder of the environment's own", () => {
    expect(synthesizeStack("imagery", "prod")).toMatchObject({
      name: "imagery",
      environment: "prod",
      folder: join(process.cwd(), "cdktf.out/prod/stacks/imagery"),
      groups: [{ application: "imagery" }, { application: "imagery" }],
    });
  });

  it("are named when another one is asked for", () => {
    expect(() => synthesizeStack("nothing", "dev")).toThrow(/^there is no stack "nothing"; there are: .*\bimagery\b/);
  });

  it("are found by the application that they run", () => {
    expect(stacksThatRun("imagery", "dev").map(({ name }) => name)).toEqual(["imagery"]);
  });

  it("run applications, which are named when another one is asked for", () => {
    expect(() => stacksThatRun("nothing", "dev")).toThrow('no stack runs an application "nothing"; they run: imagery');
  });
});
