import { describe, expect, it } from "@jest/globals";
import { Queue } from "../../modules/queue";
import { Role } from "../../modules/role";
import type { Stack } from "../../modules/stack";
import { synthesize } from "../support/synthesized";

const worker = (stack: Stack) => new Role(stack, "worker", { service: "ec2.amazonaws.com", description: "works" });
const queue = (stack: Stack) =>
  new Queue(stack, "work", { visibilityTimeout: 30, deadLetter: { maxReceiveCount: 5 }, alarms: "nobody" });

describe("Role", () => {
  it("may be taken by its service only, and may do nothing by itself", () => {
    const stack = synthesize((scope) => worker(scope));
    expect(JSON.parse(String(stack.one("aws_iam_role").assume_role_policy))).toMatchObject({
      Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } }],
    });
    expect(stack.all("aws_iam_role_policy")).toEqual([]);
  });

  it("gets one inline policy per resource, with a statement per grant", () => {
    const stack = synthesize((scope) => {
      const role = worker(scope);
      const work = queue(scope);
      work.grant({ role }, ["sqs:SendMessage"]);
      work.grant({ role }, ["sqs:ReceiveMessage"]);
    });
    expect(Object.keys(stack.policiesOf("worker"))).toEqual(["work"]);
    expect(stack.policiesOf("worker").work?.map(({ Action }) => Action)).toEqual([
      ["sqs:SendMessage"],
      ["sqs:ReceiveMessage"],
    ]);
  });

  it.each(["sqs:*", "*", "sqs:Send*", "SendMessage", "sqs:"])("refuses the action %j, naming it", (action) => {
    const grant = () =>
      synthesize((stack) => {
        queue(stack).grant({ role: worker(stack) }, [action]);
      });
    expect(grant).toThrow(/example\/(worker|work): invalid props/);
    expect(grant).toThrow(`actions: got ${JSON.stringify(action)}, allowed:`);
  });

  it("refuses another service's action, and a grant of nothing", () => {
    const grant = (actions: string[]) => () =>
      synthesize((stack) => {
        queue(stack).grant({ role: worker(stack) }, actions);
      });
    expect(grant(["s3:GetObject"])).toThrow(
      'example/work: invalid props\n  actions: got "s3:GetObject", allowed: an action of sqs',
    );
    expect(grant([])).toThrow("actions: got [], allowed: at least one IAM action");
  });
});
