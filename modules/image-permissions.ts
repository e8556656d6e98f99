import type { Construct } from "constructs";
import { IMAGE_OWNER_TAG, imageParameterPath } from "./image-parameter";
import type { PolicyStatement } from "./policy";
import { Stack } from "./stack";

/** Changes to SSM parameters. */
const PARAMETER_CHANGES = [
  "ssm:PutParameter",
  "ssm:LabelParameterVersion",
  "ssm:UnlabelParameterVersion",
  "ssm:DeleteParameter",
  "ssm:DeleteParameters",
];

/**
 * Publishing an application's image for the environment of the stack, and taking a publication back when no machine is
 * launched from it.
 */
export function publishPermissions(scope: Construct): readonly PolicyStatement[] {
  const stack = Stack.of(scope);
  return [
    {
      sid: "PublishImages",
      actions: [
        "ssm:PutParameter",
        "ssm:LabelParameterVersion",
        "ssm:GetParameter",
        "ssm:GetParameters",
        "ssm:GetParameterHistory",
      ],
      resources: [stack.arn("ssm", `parameter${imageParameterPath(stack.environment.name)}/*`)],
    },
    {
      sid: "SeeImagesAndWhatRuns",
      actions: [
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeInstanceRefreshes",
        "autoscaling:DescribeScalingActivities",
        // SSM, too, looks as the caller whether the image is there (data type aws:ec2:image).
        "ec2:DescribeImages",
        "ec2:DescribeLaunchTemplateVersions",
      ],
      resources: ["*"],
    },
  ];
}

/** Removing baked images that nothing uses any more: needs to see what does, in every environment of the account. */
export function cleanUpPermissions(scope: Construct): readonly PolicyStatement[] {
  const stack = Stack.of(scope);
  return [
    {
      sid: "SeeWhatIsUsed",
      actions: [
        "autoscaling:DescribeAutoScalingGroups",
        "ec2:DescribeImages",
        "ec2:DescribeInstances",
        "ec2:DescribeLaunchTemplates",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:DescribeSnapshots",
      ],
      resources: ["*"],
    },
    {
      sid: "SeeWhatIsPublished",
      actions: ["ssm:GetParametersByPath", "ssm:GetParameterHistory"],
      resources: allParameters(stack),
    },
    {
      sid: "RemoveTaggedImages",
      actions: ["ec2:DeregisterImage", "ec2:DeleteSnapshot"],
      resources: [Stack.of(scope).publicArn("ec2", "image/*"), Stack.of(scope).publicArn("ec2", "snapshot/*")],
      conditions: { StringEquals: { [`aws:ResourceTag/${IMAGE_OWNER_TAG.key}`]: IMAGE_OWNER_TAG.value } },
    },
  ];
}

/** The parameters of all environments of the account, and the path above them, which is asked for when they are listed. */
export function allParameters(stack: Stack): readonly string[] {
  return ["parameter/steadfast", "parameter/steadfast/*"].map((resource) => stack.arn("ssm", resource));
}

/** Every change to a parameter outside the environment's own path, to be refused to who may otherwise change any. */
export function foreignParameterChanges(scope: Construct): PolicyStatement {
  const stack = Stack.of(scope);
  return {
    sid: "ForeignParameters",
    actions: PARAMETER_CHANGES,
    notResources: [stack.arn("ssm", `parameter/steadfast/${stack.environment.name}/*`)],
  };
}
