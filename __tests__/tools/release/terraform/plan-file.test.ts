import { describe, expect, it } from "@jest/globals";
import { readPlan } from "../../../../tools/release/terraform/plan-file";
import type { StackFacts } from "../../../../tools/release/terraform/stack-facts";

const stack: StackFacts = {
  name: "imagery",
  environment: "dev",
  region: "eu-west-1",
  folder: "/nowhere",
  groups: [
    { name: "server", template: "aws_launch_template.server", application: "imagery" },
    { name: "worker", template: "aws_launch_template.worker", application: "imagery" },
    { name: "etherpad", template: "aws_launch_template.etherpad", application: undefined },
  ],
  alarms: [],
  open: true,
  variables: [],
};

/** What `terraform show -json` says of templates with these images and of changes with these actions. */
function plan(images: Readonly<Record<string, unknown>>, ...actions: readonly string[][]): unknown {
  return {
    format_version: "1.2",
    terraform_version: "1.12.0",
    planned_values: {
      root_module: {
        resources: Object.entries(images).map(([name, image]) => ({
          address: `aws_launch_template.${name}`,
          type: "aws_launch_template",
          values: image === undefined ? { name } : { name, image_id: image },
        })),
      },
    },
    resource_changes: actions.map((list, index) => ({ address: `thing.${index}`, change: { actions: list } })),
  };
}

describe("a plan", () => {
  it("tells the image of each group that runs a released one, and of no other", () => {
    const images = { server: "ami-1", worker: "ami-2", etherpad: "ami-3" };
    expect(readPlan(plan(images), stack).images).toEqual(
      new Map([
        ["server", "ami-1"],
        ["worker", "ami-2"],
      ]),
    );
  });

  it.each([
    ["is known only after the apply", { server: undefined, worker: "ami-2" }],
    ["is null", { server: null, worker: "ami-2" }],
    ["is of a template that goes away", { worker: "ami-2" }],
  ])("leaves out a group whose image %s", (_, images) => {
    expect([...readPlan(plan(images), stack).images.keys()]).toEqual(["worker"]);
  });

  it("counts what is created, updated, replaced and deleted, and neither what stays nor what is read", () => {
    const actions = [
      ["create"],
      ["update"],
      ["delete", "create"],
      ["create", "delete"],
      ["delete"],
      ["no-op"],
      ["read"],
    ];
    expect(readPlan(plan({}, ...actions), stack).changes).toBe(5);
  });

  it("counts outputs that change", () => {
    const outputs = { url: { actions: ["create"] }, zone: { actions: ["no-op"] } };
    const withOutputs = { ...(plan({}, ["no-op"]) as object), output_changes: outputs };
    expect(readPlan(withOutputs, stack).changes).toBe(1);
  });

  it("of an empty stack changes nothing", () => {
    expect(readPlan({ format_version: "1.0" }, stack)).toEqual({ changes: 0, images: new Map() });
  });

  it.each([
    ["of a format that is not known", { format_version: "2.0" }],
    ["without a format", {}],
    ["with changes that cannot be read", { format_version: "1.2", resource_changes: [{ change: {} }] }],
  ])("%s is an error", (_, json) => {
    expect(() => readPlan(json, stack)).toThrow(expect.objectContaining({ name: "ZodError" }));
  });
});
