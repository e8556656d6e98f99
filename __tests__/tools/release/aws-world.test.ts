import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { access } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { AwsWorld, type AwsWorldOptions } from "../../../tools/release/aws-world";
import type { StackFacts } from "../../../tools/release/terraform/stack-facts";
import { ScriptedAws } from "./support/scripted-aws";
import { StandInTerraform, type Step } from "./support/stand-in-terraform";
import { Temporary } from "./support/temporary";

const PARAMETER = "/steadfast/dev/images/imagery";

let here: Temporary;
let standIn: StandInTerraform;
let aws: ScriptedAws;
let stack: StackFacts;
let shown: string;
let stopPlanning: AbortController;

beforeEach(async () => {
  here = await Temporary.make();
  standIn = await StandInTerraform.make(here);
  aws = new ScriptedAws();
  for (const image of ["ami-1", "ami-2"]) aws.images.add(image);
  shown = "";
  stopPlanning = new AbortController();
  stack = {
    name: "imagery",
    environment: "dev",
    region: "eu-west-1",
    folder: here.folder,
    groups: [
      { name: "server", template: "aws_launch_template.server", application: "imagery" },
      { name: "bastion", template: "aws_launch_template.bastion", application: undefined },
    ],
    alarms: ["queue-age"],
    open: true,
    variables: [],
  };
});

afterEach(async () => {
  aws.restore();
  standIn.restore();
  await here.remove();
});

function world(options: Partial<AwsWorldOptions> = {}): AwsWorld {
  const show = (text: string): void => {
    shown += text;
  };
  const stopApplying = new AbortController().signal;
  return new AwsWorld(stack, {
    show,
    stopPlanning: () => stopPlanning.signal,
    stopApplying,
    urlTimeout: 1,
    urlPauseMs: 1,
    ...options,
  });
}

const plan: Readonly<Record<string, Step>> = {
  plan: { exit: 2 },
  "show-json": {
    stdout: JSON.stringify({
      format_version: "1.2",
      planned_values: {
        root_module: { resources: [{ address: "aws_launch_template.server", values: { image_id: "ami-2" } }] },
      },
      resource_changes: [{ change: { actions: ["update"] } }],
    }),
  },
  show: { stdout: "# the plan for people" },
};

describe("a stack in AWS, changed by Terraform", () => {
  it("is planned into a file, shown, and that file is applied", async () => {
    await standIn.does(plan);
    const planned = await world().plan();
    expect([planned.changes, planned.images, shown]).toEqual([
      1,
      new Map([["server", "ami-2"]]),
      "# the plan for people",
    ]);
    await planned.apply();
    expect(await standIn.commands()).toEqual(["init", "plan", "show -json", "show", "apply"]);
    expect((await standIn.calls()).at(-1)?.args.at(-1)).toBe(here.path("release.tfplan"));
  });

  it("connects to the state once, for two plans", async () => {
    await standIn.does(plan);
    const stackInAws = world();
    await stackInAws.plan();
    await stackInAws.plan();
    expect((await standIn.commands()).filter((command) => command === "init")).toHaveLength(1);
  });

  it("is not changed by a plan that an earlier run has left behind", async () => {
    await here.write("release.tfplan", "of an earlier run");
    await standIn.does({ plan: { exit: 1, stderr: "Error: no" } });
    await expect(world().plan()).rejects.toThrow("Error: no");
    await expect(access(here.path("release.tfplan"))).rejects.toThrow("ENOENT");
  });

  it("may be changed by a plan that was approved", async () => {
    await standIn.does(plan);
    const approved = await world().read("/plans/approved.tfplan");
    await approved.apply();
    expect(await standIn.commands()).toEqual(["init", "show -json", "show", "apply"]);
    expect((await standIn.calls()).at(-1)?.args.at(-1)).toBe("/plans/approved.tfplan");
  });

  it.each(["init", "plan"])("is not changed when %s is interrupted", async (command) => {
    await standIn.does({ ...plan, [command]: { hang: true } });
    const planning = world().plan();
    const ended = expect(planning).rejects.toMatchObject({ name: "InterruptedError" });
    while (!(await standIn.commands()).includes(command)) await new Promise(setImmediate);
    stopPlanning.abort();
    await ended;
    expect(await standIn.commands()).not.toContain("apply");
  });

  it("knows which groups run which application; others are watched, but not given images", async () => {
    aws.groups.inService("server", "ami-1");
    aws.groups.inService("bastion", "ami-9", 1);
    const stackInAws = world();
    expect(stackInAws.applications).toEqual(new Map([["server", "imagery"]]));
    expect((await stackInAws.groups.describe()).map(({ name }) => name)).toEqual(["server", "bastion"]);
  });

  it("knows its alarms, its publications, and publishes and marks images", async () => {
    aws.ringing.add("queue-age").add("of-another-stack");
    aws.parameters.set(PARAMETER, "ami-1");
    const stackInAws = world();
    expect(await stackInAws.ringing()).toEqual(["queue-age"]);
    await stackInAws.publish("imagery", "ami-2", "why");
    await stackInAws.markHealthy("imagery", "ami-2");
    // What a deployment publishes takes the image back that was published before.
    const history = { published: "ami-2", images: ["ami-2"], healthy: "ami-2" };
    expect(await stackInAws.history()).toEqual(new Map([["imagery", history]]));
  });
});

describe("the URL of a stack", () => {
  let server: Server;
  let url: string;
  let status: number;
  let requests: number;

  beforeEach(async () => {
    requests = 0;
    status = 200;
    server = createServer((_, response) => {
      requests += 1;
      response.writeHead(status).end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await standIn.does({ output: { stdout: JSON.stringify({ url: { value: url } }) } });
  });

  afterEach(() => {
    server.close();
  });

  it("is returned when it answers", async () => {
    expect(await world().check()).toBe(url);
  });

  it("is waited for, for the time that was given", async () => {
    status = 503;
    server.on("request", () => {
      if (requests === 3) status = 200;
    });
    expect([await world({ urlTimeout: 60 }).check(), requests]).toEqual([url, 4]);
  });

  it("that answers with an error all the time has failed, with the status", async () => {
    status = 503;
    await expect(world({ urlTimeout: 0.001 }).check()).rejects.toMatchObject({
      name: "FailedError",
      message: `${url} does not answer: status 503 (tried for 0.001 s)`,
    });
  });

  it("where nobody listens has failed, with the reason", async () => {
    await new Promise((resolve) => server.close(resolve));
    await expect(world({ urlTimeout: 0.001 }).check()).rejects.toThrow(/ECONNREFUSED/);
  });

  it("that answers is then tried as its users would, and what does not work is a failure", async () => {
    const tried: (string | undefined)[] = [];
    const works = (where: string | undefined) => Promise.resolve(void tried.push(where));
    expect([await world({ smokeTest: works }).check(), tried]).toEqual([url, [url]]);
    const smokeTest = () => Promise.reject(new Error("the photo did not come back"));
    await expect(world({ smokeTest }).check()).rejects.toThrow("the photo did not come back");
  });

  it("that does not answer is not tried", async () => {
    status = 503;
    const smokeTest = () => Promise.reject(new Error("tried"));
    await expect(world({ smokeTest, urlTimeout: 0.001 }).check()).rejects.toThrow("does not answer");
  });

  it("is not asked when that is not wanted", async () => {
    expect([await world({ urlTimeout: 0 }).check(), requests]).toEqual([url, 0]);
  });

  it("that only its operators reach is not asked, and nothing is tried there", async () => {
    stack = { ...stack, open: false };
    const smokeTest = () => Promise.reject(new Error("tried"));
    expect([await world({ smokeTest }).check(), requests]).toEqual([url, 0]);
    expect(shown).toContain(`${url} is not tried: it is open to its operators' networks only`);
  });

  it("need not exist", async () => {
    await standIn.does({ output: { stdout: "{}" } });
    expect(await world().check()).toBeUndefined();
  });

  it("that does not exist is no reason not to try the stack, by its other outputs", async () => {
    await standIn.does({ output: { stdout: JSON.stringify({ queue_url: { value: "https://queue.test/work" } }) } });
    const tried: unknown[] = [];
    const smokeTest = (...where: unknown[]) => Promise.resolve(void tried.push(where));
    expect(await world({ smokeTest }).check()).toBeUndefined();
    expect(tried).toEqual([[undefined, { queue_url: "https://queue.test/work" }]]);
  });
});
