import { describe, expect, it } from "@jest/globals";
import { ACCOUNT, ec2, iam, may } from "./support/bootstrap";

const MADE_TAGGED = { "aws:RequestTag/ManagedBy": "steadfast" };
const TAGGED = { "aws:ResourceTag/ManagedBy": "steadfast" };
const OTHERS = { "aws:ResourceTag/ManagedBy": "cdktf" };

describe("bootstrap: bake", () => {
  const image = "arn:aws:ec2:eu-west-1::image/ami-1";
  const snapshot = "arn:aws:ec2:eu-west-1::snapshot/snap-1";
  const portForwarding = "arn:aws:ssm:eu-west-1::document/AWS-StartPortForwardingSession";

  it.each<[string, string, Readonly<Record<string, string>>]>([
    ["ec2:RunInstances", ec2("instance/i-1"), MADE_TAGGED],
    ["ec2:RunInstances", ec2("volume/vol-1"), MADE_TAGGED],
    ["ec2:RunInstances", ec2("security-group/sg-1"), TAGGED],
    ["ec2:RunInstances", ec2("subnet/subnet-1"), {}],
    ["ec2:RunInstances", ec2("network-interface/eni-1"), {}],
    ["ec2:RunInstances", ec2("key-pair/packer_1"), {}],
    ["ec2:RunInstances", image, { "ec2:Owner": "amazon" }],
    ["ec2:RunInstances", image, { "ec2:Owner": ACCOUNT }],
    ["ec2:CreateKeyPair", ec2("key-pair/packer_1"), MADE_TAGGED],
    ["ec2:DeleteKeyPair", ec2("key-pair/packer_1"), {}],
    ["ec2:CreateSecurityGroup", ec2("security-group/sg-1"), MADE_TAGGED],
    ["ec2:CreateSecurityGroup", ec2("vpc/vpc-1"), {}],
    ["ec2:CreateTags", ec2("instance/i-1"), { ...MADE_TAGGED, "ec2:CreateAction": "RunInstances" }],
    ["ec2:CreateTags", image, { ...MADE_TAGGED, "ec2:CreateAction": "CreateImage" }],
    ["ec2:CreateTags", image, TAGGED],
    ["ec2:CreateTags", snapshot, TAGGED],
    ["ec2:StopInstances", ec2("instance/i-1"), TAGGED],
    ["ec2:TerminateInstances", ec2("instance/i-1"), TAGGED],
    ["ec2:CreateImage", ec2("instance/i-1"), TAGGED],
    ["ec2:CreateImage", image, MADE_TAGGED],
    ["ec2:CreateImage", snapshot, MADE_TAGGED],
    ["ec2:EnableImageDeprecation", image, TAGGED],
    ["ec2:ModifyImageAttribute", image, TAGGED],
    ["ec2:DeregisterImage", image, TAGGED],
    ["ec2:DeleteSnapshot", snapshot, TAGGED],
    ["iam:CreateRole", iam("role/packer-1"), {}],
    ["iam:AddRoleToInstanceProfile", iam("instance-profile/packer-1"), {}],
    ["iam:PassRole", iam("role/packer-1"), { "iam:PassedToService": "ec2.amazonaws.com" }],
    [
      "ssm:StartSession",
      ec2("instance/i-1"),
      { "ssm:resourceTag/ManagedBy": "steadfast", "ssm:SessionDocumentAccessCheck": "true" },
    ],
    ["ssm:StartSession", portForwarding, {}],
    [
      "ssm:TerminateSession",
      `arn:aws:ssm:eu-west-1:${ACCOUNT}:session/GitHubActions-1`,
      { "aws:userid": "AROA1:GitHubActions", "ssm:resourceTag/aws:ssmmessages:session-id": "AROA1:GitHubActions" },
    ],
    ["ssm:GetParameter", "arn:aws:ssm:eu-west-1::parameter/aws/service/ami-amazon-linux-latest/al2023", {}],
  ])("may %s %s given %j", (action, resource, context) => {
    expect(may("bake", { action, resource, context })).toBe(true);
  });

  it.each<[string, string, Readonly<Record<string, string>>]>([
    ["ec2:RunInstances", ec2("instance/i-1"), {}],
    ["ec2:RunInstances", ec2("volume/vol-1"), { "aws:RequestTag/ManagedBy": "cdktf" }],
    ["ec2:RunInstances", ec2("security-group/sg-1"), OTHERS],
    ["ec2:RunInstances", ec2("key-pair/somebody"), {}],
    ["ec2:RunInstances", image, { "ec2:Owner": "aws-marketplace" }],
    ["ec2:CreateKeyPair", ec2("key-pair/other"), MADE_TAGGED],
    ["ec2:DeleteKeyPair", ec2("key-pair/other"), {}],
    ["ec2:AuthorizeSecurityGroupIngress", ec2("security-group/sg-1"), TAGGED],
    ["ec2:CreateTags", ec2("instance/i-1"), MADE_TAGGED],
    ["ec2:CreateTags", ec2("instance/i-1"), TAGGED],
    ["ec2:CreateTags", image, OTHERS],
    ["ec2:StopInstances", ec2("instance/i-1"), OTHERS],
    ["ec2:TerminateInstances", ec2("instance/i-1"), {}],
    ["ec2:CreateImage", ec2("instance/i-1"), OTHERS],
    ["ec2:CreateImage", image, {}],
    ["ec2:DeregisterImage", image, {}],
    ["ec2:DeleteSnapshot", snapshot, OTHERS],
    ["iam:CreateRole", iam("role/other"), {}],
    ["iam:PutRolePolicy", iam("role/imagery-dev-server-1"), {}],
    ["iam:AttachRolePolicy", iam("role/packer-1"), {}],
    ["iam:PassRole", iam("role/imagery-dev-server-1"), { "iam:PassedToService": "ec2.amazonaws.com" }],
    ["iam:PassRole", iam("role/packer-1"), { "iam:PassedToService": "lambda.amazonaws.com" }],
    ["ssm:StartSession", ec2("instance/i-1"), { "ssm:resourceTag/ManagedBy": "cdktf" }],
    [
      "ssm:StartSession",
      ec2("instance/i-1"),
      { "ssm:resourceTag/ManagedBy": "steadfast", "ssm:SessionDocumentAccessCheck": "false" },
    ],
    ["ssm:StartSession", `arn:aws:ssm:eu-west-1:${ACCOUNT}:document/SSM-SessionManagerRunShell`, {}],
    [
      "ssm:TerminateSession",
      `arn:aws:ssm:eu-west-1:${ACCOUNT}:session/somebody-1`,
      { "aws:userid": "AROA1:GitHubActions", "ssm:resourceTag/aws:ssmmessages:session-id": "AROA2:somebody" },
    ],
    ["s3:GetObject", "arn:aws:s3:::state/dev/imagery.tfstate", {}],
  ])("may not %s %s given %j", (action, resource, context) => {
    expect(may("bake", { action, resource, context })).toBe(false);
  });
});
