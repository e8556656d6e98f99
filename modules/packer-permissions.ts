import type { Construct } from "constructs";
import { IMAGE_OWNER_TAG } from "./image-parameter";
import type { PolicyStatement } from "./policy";
import { Stack } from "./stack";

const { key, value } = IMAGE_OWNER_TAG;
/** What is being made gets the tag with the same call. */
const MAKES_TAGGED = { StringEquals: { [`aws:RequestTag/${key}`]: value } };
/** What is there already carries the tag. */
const IS_TAGGED = { StringEquals: { [`aws:ResourceTag/${key}`]: value } };

/**
 * What Packer's `amazon-ebs` builder calls when it connects through Session Manager, makes a temporary key pair, security
 * group and instance profile, and tags all of them on creation. Each call was read in the plugin's source,
 * https://github.com/hashicorp/packer-plugin-amazon, builder/ebs/builder.go and the steps that it lists (v1.2.1).
 * In the partitions for China and the US government the plugin tags later, in calls that these conditions refuse.
 */
export function packerPermissions(scope: Construct): readonly PolicyStatement[] {
  return [...lookUp(scope), ...builderInstance(scope), ...image(scope), ...instanceProfile(scope), ...session(scope)];
}

/** What is there, for which AWS knows no narrower resource, and Amazon Linux to start from. */
function lookUp(scope: Construct): PolicyStatement[] {
  return [
    {
      sid: "AmazonLinux",
      actions: ["ssm:GetParameter"],
      resources: [Stack.of(scope).publicArn("ssm", "parameter/aws/service/ami-amazon-linux-latest/*")],
    },
    {
      sid: "LookUp",
      actions: [
        "ec2:DescribeImages",
        "ec2:DescribeInstances",
        "ec2:DescribeRegions",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVolumes",
      ],
      resources: ["*"],
    },
  ];
}

/** The machine that is provisioned, with its volume, key pair and security group. */
function builderInstance(scope: Construct): PolicyStatement[] {
  const stack = Stack.of(scope);
  const instance = stack.arn("ec2", "instance/*");
  const volume = stack.arn("ec2", "volume/*");
  const securityGroup = stack.arn("ec2", "security-group/*");
  const keyPair = stack.arn("ec2", "key-pair/packer_*");
  return [
    {
      sid: "LaunchTagged",
      actions: ["ec2:RunInstances"],
      resources: [instance, volume],
      conditions: MAKES_TAGGED,
    },
    {
      sid: "LaunchFromOwnOrAmazonImage",
      actions: ["ec2:RunInstances"],
      resources: [Stack.of(scope).publicArn("ec2", "image/*")],
      conditions: { StringEquals: { "ec2:Owner": [stack.accountId, "amazon"] } },
    },
    {
      sid: "LaunchInOwnSecurityGroup",
      actions: ["ec2:RunInstances"],
      resources: [securityGroup],
      conditions: IS_TAGGED,
    },
    {
      sid: "LaunchInAnySubnet",
      actions: ["ec2:RunInstances"],
      resources: [stack.arn("ec2", "subnet/*"), stack.arn("ec2", "network-interface/*"), keyPair],
    },
    {
      sid: "MakeTagged",
      actions: ["ec2:CreateKeyPair", "ec2:CreateSecurityGroup"],
      resources: [keyPair, securityGroup],
      conditions: MAKES_TAGGED,
    },
    {
      sid: "MakeSecurityGroupInAnyVpc",
      actions: ["ec2:CreateSecurityGroup"],
      resources: [stack.arn("ec2", "vpc/*")],
    },
    {
      sid: "TagOnCreation",
      actions: ["ec2:CreateTags"],
      resources: [instance, volume, keyPair, securityGroup],
      conditions: {
        StringEquals: { "ec2:CreateAction": ["RunInstances", "CreateKeyPair", "CreateSecurityGroup"] },
      },
    },
    {
      sid: "StopAndRemoveTagged",
      actions: ["ec2:StopInstances", "ec2:TerminateInstances", "ec2:DeleteVolume", "ec2:DeleteSecurityGroup"],
      resources: [instance, volume, securityGroup],
      conditions: IS_TAGGED,
    },
    { sid: "RemoveKeyPair", actions: ["ec2:DeleteKeyPair"], resources: [keyPair] },
  ];
}

/** The image of the stopped machine, and its removal when a later step fails. */
function image(scope: Construct): PolicyStatement[] {
  const imagesAndSnapshots = [
    Stack.of(scope).publicArn("ec2", "image/*"),
    Stack.of(scope).publicArn("ec2", "snapshot/*"),
  ];
  return [
    {
      sid: "ImageOfTagged",
      actions: ["ec2:CreateImage"],
      resources: [Stack.of(scope).arn("ec2", "instance/*")],
      conditions: IS_TAGGED,
    },
    {
      sid: "ImageMadeTagged",
      actions: ["ec2:CreateImage"],
      resources: imagesAndSnapshots,
      conditions: MAKES_TAGGED,
    },
    {
      sid: "TagImageOnCreation",
      actions: ["ec2:CreateTags"],
      resources: imagesAndSnapshots,
      conditions: { StringEquals: { "ec2:CreateAction": "CreateImage" } },
    },
    {
      sid: "FinishAndRemoveTaggedImage",
      actions: [
        "ec2:CreateTags",
        "ec2:EnableImageDeprecation",
        "ec2:ModifyImageAttribute",
        "ec2:DeregisterImage",
        "ec2:DeleteSnapshot",
      ],
      resources: imagesAndSnapshots,
      conditions: IS_TAGGED,
    },
  ];
}

/**
 * The builder's own role. Packer names it, and can neither tag it nor give it a permissions boundary; what that means stands
 * in docs/bootstrap.md.
 */
function instanceProfile(scope: Construct): PolicyStatement[] {
  const stack = Stack.of(scope);
  const role = stack.globalArn("iam", "role/packer-*");
  return [
    {
      sid: "TemporaryRoleAndProfile",
      actions: [
        "iam:CreateRole",
        "iam:GetRole",
        "iam:PutRolePolicy",
        "iam:DeleteRolePolicy",
        "iam:DeleteRole",
        "iam:CreateInstanceProfile",
        "iam:GetInstanceProfile",
        "iam:AddRoleToInstanceProfile",
        "iam:RemoveRoleFromInstanceProfile",
        "iam:DeleteInstanceProfile",
      ],
      resources: [role, stack.globalArn("iam", "instance-profile/packer-*")],
    },
    {
      sid: "GiveRoleToBuilder",
      actions: ["iam:PassRole"],
      resources: [role],
      conditions: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
    },
  ];
}

/** The tunnel to the builder's SSH port, and no shell: that would be another document. */
function session(scope: Construct): PolicyStatement[] {
  const stack = Stack.of(scope);
  const onlyNamedDocument = { BoolIfExists: { "ssm:SessionDocumentAccessCheck": "true" } };
  return [
    {
      sid: "ConnectToTagged",
      actions: ["ssm:StartSession"],
      resources: [stack.arn("ec2", "instance/*")],
      conditions: { ...onlyNamedDocument, StringEquals: { [`ssm:resourceTag/${key}`]: value } },
    },
    {
      sid: "ForwardPort",
      actions: ["ssm:StartSession"],
      resources: [Stack.of(scope).publicArn("ssm", "document/AWS-StartPortForwardingSession")],
      conditions: onlyNamedDocument,
    },
    // The stream that the answer to StartSession holds the token for; AWS knows no narrower resource.
    { sid: "OpenStream", actions: ["ssmmessages:OpenDataChannel"], resources: ["*"] },
    {
      sid: "EndOwnSession",
      actions: ["ssm:TerminateSession"],
      resources: [stack.arn("ssm", "session/*")],
      // Session Manager tags each session with who started it; its name begins with the job's, not with the user's id.
      conditions: { StringEquals: { "ssm:resourceTag/aws:ssmmessages:session-id": "${aws:userid}" } },
    },
  ];
}
