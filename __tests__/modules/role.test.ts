import { describe, expect, it } from "@jest/globals";
import { Construct } from "constructs";
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

  it("can never be mightier than a power user, whatever its policies say", () => {
    expect(synthesize((scope) => worker(scope)).one("aws_iam_role").permissions_boundary).toMatch(
      /^arn:\$\{data\.aws_partition\..*\}:iam::aws:policy\/PowerUserAccess$/,
    );
  });

  it("is named after what it belongs to, and after itself where that is the stack", () => {
    const stack = synthesize((scope) => {
      worker(scope);
      new Role(new Construct(scope, "fleet"), "role", { service: "ec2.amazonaws.com", description: "works" });
    });
    expect(stack.all("aws_iam_role").map(({ name_prefix }) => name_prefix)).toEqual([
      "example-test-fleet-",
      "example-test-worker-",
    ]);
  });

  it("can refuse what a policy of AWS would allow, from the first moment on", () => {
    const stack = synthesize((scope) => {
      const role = worker(scope);
      role.attachManagedPolicy("ReadOnlyAccess");
      role.deny("no-data", { actions: ["s3:GetObject"], notResources: ["arn:aws:s3:::public/*"] });
    });
    expect(stack.one("aws_iam_role_policy_attachment")).toMatchObject({
      policy_arn: expect.stringMatching(/:iam::aws:policy\/ReadOnlyAccess$/),
      depends_on: [expect.stringMatching(/^aws_iam_role_policy\.worker_no-data_/)],
    });
    expect(stack.policiesOf("worker")["no-data"]).toEqual([
      { Effect: "Deny", Action: ["s3:GetObject"], NotResource: ["arn:aws:s3:::public/*"] },
    ]);
  });

  it("hands IAM its own variables as they are written", () => {
    const stack = synthesize((scope) => {
      worker(scope).allow("sessions", {
        actions: ["ssm:TerminateSession"],
        resources: [scope.arn("ssm", "session/*")],
        conditions: { StringEquals: { "aws:PrincipalTag/user": "${aws:userid}" } },
      });
    });
    const { policy } = stack.one("aws_iam_role_policy");
    // Terraform turns $${ into ${, and everything else into a value.
    expect(policy).toContain('"$${aws:userid}"');
    expect(policy).toMatch(/[^$]\$\{data\.aws_caller_identity\./);
  });
});

describe("Role for a web identity", () => {
  const webIdentity = { provider: "arn", issuer: "id.example.com", audience: "aws", subjects: ["job:main"] };
  const make = (changes: Partial<typeof webIdentity>, sessionHours?: number) =>
    synthesize((scope) => {
      const props = { description: "deploys", webIdentity: { ...webIdentity, ...changes } };
      new Role(scope, "deploy", sessionHours === undefined ? props : { ...props, sessionHours });
    });

  it("may be taken with a token of exactly this audience and one of these subjects", () => {
    expect(JSON.parse(String(make({ subjects: ["a", "b"] }).one("aws_iam_role").assume_role_policy))).toMatchObject({
      Statement: [
        {
          Action: "sts:AssumeRoleWithWebIdentity",
          Principal: { Federated: "arn" },
          Condition: { StringEquals: { "id.example.com:aud": "aws", "id.example.com:sub": ["a", "b"] } },
        },
      ],
    });
  });

  it("has no boundary of AWS's, and sessions of one hour unless told otherwise", () => {
    expect(make({}).one("aws_iam_role")).toMatchObject({ max_session_duration: 3600 });
    expect(make({}).one("aws_iam_role").permissions_boundary).toBeUndefined();
    expect(make({}, 4).one("aws_iam_role")).toMatchObject({ max_session_duration: 14_400 });
  });

  it.each([["repo:o/r:*"], ["*"], ["repo:o/r:ref:refs/heads/mai?"], [""]])("refuses the subject %j", (subject) => {
    expect(() => make({ subjects: [subject] })).toThrow(
      `example/deploy: invalid props\n  subjects: got ${JSON.stringify(subject)}, allowed: an exact subject, without wildcards`,
    );
  });

  it("refuses no subject at all, and a session that AWS does not offer", () => {
    expect(() => make({ subjects: [] }, 13)).toThrow(
      "example/deploy: invalid props\n  subjects: got [], allowed: at least one subject\n" +
        "  sessionHours: got 13, allowed: 1 to 12 hours",
    );
  });
});
