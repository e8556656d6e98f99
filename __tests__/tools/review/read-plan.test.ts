import { describe, expect, it } from "@jest/globals";
import { isClean } from "../../../tools/review/plan/model";
import { readPlan } from "../../../tools/review/plan/read-plan";
import { plan, planJson, type ResourceFixture } from "./support/plans";

function actionsOf(...resources: ResourceFixture[]): string[] {
  return plan({ resources }).resources.map(({ address, action }) => `${action} ${address}`);
}

describe("a plan that is read", () => {
  it("names what happens to each resource, in the order of their addresses", () => {
    expect(
      actionsOf(
        { address: "aws_x.e", actions: ["delete", "create"] },
        { address: "aws_x.d", actions: ["forget"] },
        { address: "aws_x.c", actions: ["delete"] },
        { address: "aws_x.b", actions: ["update"], before: { a: 1 }, after: { a: 2 } },
        { address: "aws_x.a", actions: ["create"] },
      ),
    ).toEqual(["create aws_x.a", "update aws_x.b", "delete aws_x.c", "forget aws_x.d", "replace aws_x.e"]);
  });

  it("leaves out what does not change and what is only looked up", () => {
    expect(actionsOf({ actions: ["no-op"] }, { actions: ["read"], mode: "data", address: "data.aws_y.b" })).toEqual([]);
  });

  it("says whether a replacement is made before the old one goes", () => {
    const { resources } = plan({
      resources: [
        { address: "aws_x.a", actions: ["create", "delete"] },
        { address: "aws_x.b", actions: ["delete", "create"] },
      ],
    });
    expect(resources.map(({ createdFirst }) => createdFirst)).toEqual([true, false]);
  });

  it("lists moves and imports, also of what does not change otherwise", () => {
    const { resources } = plan({
      resources: [
        { address: "aws_x.a", previous_address: "aws_x.old", actions: ["no-op"] },
        { address: "aws_x.b", importing: { id: "i-1" }, actions: ["no-op"] },
        { address: "aws_x.c", importing: {}, actions: ["update"], before: { a: 1 }, after: { a: 2 } },
        { address: "aws_x.d", previous_address: "aws_x.d", actions: ["no-op"] },
      ],
    });
    expect(resources.map(({ action, previousAddress, imported }) => [action, previousAddress, imported])).toEqual([
      ["move", "aws_x.old", undefined],
      ["import", undefined, true],
      ["update", undefined, true],
    ]);
  });

  it("puts Terraform's reason into words where the attributes do not show it", () => {
    const { resources } = plan({
      resources: [
        { address: "aws_x.a", actions: ["delete"], action_reason: "delete_because_no_resource_config" },
        { address: "aws_x.b", actions: ["delete", "create"], action_reason: "replace_because_tainted" },
        { address: "aws_x.c", actions: ["delete", "create"], action_reason: "replace_because_cannot_update" },
      ],
    });
    expect(resources.map(({ reason }) => reason?.slice(0, 16))).toEqual([
      "it is not in the",
      "it is tainted: i",
      undefined,
    ]);
  });

  it("tells a leftover of an earlier replacement from the resource itself", () => {
    expect(actionsOf({ actions: ["delete"], deposed: "0a1b2c3d" })).toEqual([
      "delete aws_x.a (deposed object 0a1b2c3d)",
    ]);
  });

  it("keeps what changed outside of Terraform apart, without what only differs in form", () => {
    const { drift, resources } = plan({
      drift: [
        { address: "aws_x.a", actions: ["update"], before: { a: 1 }, after: { a: 2 } },
        { address: "aws_x.b", actions: ["update"], before: { a: [] }, after: { a: null } },
        { address: "aws_x.c", actions: ["delete"] },
      ],
    });
    expect([drift.map(({ address }) => address), resources]).toEqual([["aws_x.a", "aws_x.c"], []]);
  });

  it.each([
    ["no resource and no output changes", {}, true],
    ["only something outside of Terraform has changed", { drift: [{ actions: ["delete"] }] }, true],
    ["a resource only moves", { resources: [{ actions: ["no-op"], previous_address: "aws_x.old" }] }, false],
    ["an output changes", { outputs: { url: { actions: ["update"], before: "a", after: "b" } } }, false],
    ["Terraform stopped with an error", { errored: true }, false],
  ])("is clean or not, when %s", (_, fixture, clean) => {
    expect(isClean(plan(fixture))).toBe(clean);
  });

  it("may leave out what Terraform leaves out: a value that is not known at all, marks of a change without secrets", () => {
    const change = { actions: ["update"], before: "a", after_unknown: true };
    const json = { format_version: "1.2", output_changes: { url: change } };
    expect(readPlan(json, { stack: "imagery", environment: "dev" }).outputs).toEqual([
      { name: "url", action: "update", before: { kind: "value", value: "a" }, after: { kind: "unknown" } },
    ]);
  });

  it.each([
    ["of another format", { format_version: "2.0" }, /plan of imagery dev cannot be read.*format 1\.x/s],
    ["that is none", "text", /plan of imagery dev cannot be read/],
    ["with an action that is not known", planJson({ resources: [{ actions: ["dance"] }] }), /not known: dance/],
  ])("is refused when it is one %s", (_, json, message) => {
    expect(() => readPlan(json, { stack: "imagery", environment: "dev" })).toThrow(message);
  });
});
