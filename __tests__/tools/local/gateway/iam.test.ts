import { describe, expect, it } from "@jest/globals";
import { RolePolicies, type Statement, matchesPattern } from "../../../../tools/local/gateway/iam";

const policies = (...Statement: Statement[]): RolePolicies => new RolePolicies([{ Statement }]);
const table = "arn:aws:dynamodb:eu-west-1:000000000000:table/things";
const allowGet: Statement = { Effect: "Allow", Action: ["dynamodb:GetItem"], Resource: [table] };

describe("the policies of a role", () => {
  it("allow what a statement names, whatever the case of the action", () => {
    expect(policies(allowGet).decide({ action: "dynamodb:GetItem", resource: table })).toBe("allowed");
    expect(policies(allowGet).decide({ action: "DynamoDB:getitem", resource: table })).toBe("allowed");
  });

  it.each([
    ["another action", { action: "dynamodb:PutItem", resource: table }],
    ["another resource", { action: "dynamodb:GetItem", resource: `${table}2` }],
    ["a part of the resource", { action: "dynamodb:GetItem", resource: `${table}/index/x` }],
    ["a resource in another case", { action: "dynamodb:GetItem", resource: table.toUpperCase() }],
  ])("do not allow %s", (_what, access) => {
    expect(policies(allowGet).decide(access)).toBe("not allowed");
  });

  it.each([
    ["allowed", "1.png"],
    ["allowed", "folder/1.png"],
    ["not allowed", "1.json"],
    ["not allowed", "1.png.exe"],
    ["not allowed", "1xpng"],
  ])("with a pattern that begins with a wildcard say %s for %s", (decision, key) => {
    const pictures = policies({ Effect: "Allow", Action: ["s3:PutObject"], Resource: ["arn:aws:s3:::pictures/*.png"] });
    expect(pictures.decide({ action: "s3:PutObject", resource: `arn:aws:s3:::pictures/${key}` })).toBe(decision);
    expect(pictures.decide({ action: "s3:PutObject", resource: `arn:aws:s3:::others/${key}` })).toBe("not allowed");
  });

  it("allow nothing when there are none", () => {
    expect(policies().decide({ action: "s3:GetObject", resource: "*" })).toBe("not allowed");
  });

  it("let a deny win over every allow", () => {
    const everything: Statement = { Effect: "Allow", Action: "*", Resource: "*" };
    const deny: Statement = { Effect: "Deny", Action: "dynamodb:Get*", Resource: "*" };
    expect(policies(deny, everything).decide({ action: "dynamodb:GetItem", resource: table })).toBe(
      "explicitly denied",
    );
    expect(policies(deny, everything).decide({ action: "dynamodb:PutItem", resource: table })).toBe("allowed");
  });

  it("read a document whose Statement is a single one", () => {
    const single = new RolePolicies([{ Statement: allowGet }]);
    expect(single.decide({ action: "dynamodb:GetItem", resource: table })).toBe("allowed");
  });

  describe("with a statement that cannot be judged here", () => {
    const conditional: Statement = { ...allowGet, Condition: { StringEquals: { "aws:SourceVpc": "vpc-1" } } };
    const except: Statement = { Effect: "Deny", NotAction: ["s3:*"], Resource: "*" };

    it("never allow by it, and always deny by it", () => {
      expect(policies(conditional).decide({ action: "dynamodb:GetItem", resource: table })).toBe("not allowed");
      expect(policies(allowGet, except).decide({ action: "dynamodb:GetItem", resource: table })).toBe(
        "explicitly denied",
      );
    });

    it("say so when it is about a service that runs here", () => {
      expect(policies(conditional).unsupported(["dynamodb"])).toEqual([
        expect.stringContaining("Condition cannot be judged"),
      ]);
      expect(policies(conditional).unsupported(["s3"])).toEqual([]);
      expect(policies(except).unsupported(["s3"])).toEqual([expect.stringContaining("NotAction")]);
    });
  });

  it("list every action that they grant, each once", () => {
    const more: Statement = { Effect: "Allow", Action: ["s3:PutObject", "dynamodb:GetItem"], Resource: ["*"] };
    const deny: Statement = { Effect: "Deny", Action: ["s3:GetObject"], Resource: ["*"] };
    expect(policies(allowGet, more, deny).grantedActions).toEqual(["dynamodb:GetItem", "s3:PutObject"]);
  });
});

describe("an IAM pattern", () => {
  it.each([
    ["arn:aws:s3:::b/upload/a/b", "arn:aws:s3:::b/upload/*", true],
    ["arn:aws:s3:::b/upload/", "arn:aws:s3:::b/upload/*", true],
    ["arn:aws:s3:::b/uploads/a", "arn:aws:s3:::b/upload/*", false],
    ["a.c", "a?c", true],
    ["abc", "a.c", false],
    ["a(1)+[x]\n", "a(1)+[x]*", true],
    ["ac", "a?c", false],
  ])("%j matches %j: %j", (text, pattern, expected) => {
    expect(matchesPattern(text, pattern)).toBe(expected);
  });
});
