import type { Construct } from "constructs";
import type { Bucket } from "./bucket";
import { foreignParameterChanges } from "./image-permissions";
import type { PolicyStatement } from "./policy";
import { SERVICE_ROLE_BOUNDARY } from "./role";
import { Stack } from "./stack";

/** Services that the roles of stacks are for. */
const SERVICES = ["dlm.amazonaws.com", "ec2.amazonaws.com", "vpc-flow-logs.amazonaws.com"];

/** Changes that could give a role more rights: allowed for a role that has the boundary, and none of them takes it away. */
const GIVES_RIGHTS = [
  "iam:AttachRolePolicy",
  "iam:CreateRole",
  "iam:PutRolePermissionsBoundary",
  "iam:PutRolePolicy",
  "iam:UpdateAssumeRolePolicy",
];

const OTHER_CHANGES_OF_ROLES = [
  "iam:DeleteRole",
  "iam:DeleteRolePolicy",
  "iam:DetachRolePolicy",
  "iam:TagRole",
  "iam:UntagRole",
  "iam:UpdateRole",
  "iam:UpdateRoleDescription",
];

const CHANGES_OF_PROFILES = [
  "iam:AddRoleToInstanceProfile",
  "iam:CreateInstanceProfile",
  "iam:DeleteInstanceProfile",
  "iam:RemoveRoleFromInstanceProfile",
  "iam:TagInstanceProfile",
  "iam:UntagInstanceProfile",
];

const CHANGES_OF_PROVIDERS = [
  "iam:AddClientIDToOpenIDConnectProvider",
  "iam:CreateOpenIDConnectProvider",
  "iam:DeleteOpenIDConnectProvider",
  "iam:RemoveClientIDFromOpenIDConnectProvider",
  "iam:UpdateOpenIDConnectProviderThumbprint",
];

/** What deploying stacks needs beyond AWS's policy `PowerUserAccess`: the roles of the environment's machines. */
export function machineRoles(scope: Construct): readonly PolicyStatement[] {
  const stack = Stack.of(scope);
  const named = `*-${stack.environment.name}-*`;
  const roles = stack.globalArn("iam", `role/${named}`);
  const profiles = stack.globalArn("iam", `instance-profile/${named}`);
  return [
    {
      sid: "ReadRoles",
      actions: [
        "iam:GetInstanceProfile",
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListInstanceProfilesForRole",
        "iam:ListRolePolicies",
      ],
      resources: [roles, profiles],
    },
    {
      sid: "RolesWithinBoundary",
      actions: GIVES_RIGHTS,
      resources: [roles],
      conditions: {
        StringEquals: { "iam:PermissionsBoundary": Stack.of(scope).managedPolicyArn(SERVICE_ROLE_BOUNDARY) },
      },
    },
    {
      sid: "RolesAndProfiles",
      actions: [...OTHER_CHANGES_OF_ROLES, ...CHANGES_OF_PROFILES],
      resources: [roles, profiles],
    },
    {
      sid: "GiveRolesToServices",
      actions: ["iam:PassRole"],
      resources: [roles],
      conditions: { StringEquals: { "iam:PassedToService": SERVICES } },
    },
  ];
}

/**
 * What no deployment may do, although its other policies would allow it: change who may deploy, damage or replace Terraform's
 * state, publish images for another environment, or take a role that trusts the whole account.
 * @param guardian name of the stack that makes the deploying role itself
 */
export function beyondDeploying(scope: Construct, guardian: string, state: Bucket): readonly PolicyStatement[] {
  const stack = Stack.of(scope);
  const { arn } = state.resource;
  return [
    {
      sid: "RolesOfTheGuardian",
      actions: [...GIVES_RIGHTS, ...OTHER_CHANGES_OF_ROLES, "iam:PassRole"],
      resources: [stack.globalArn("iam", `role/${guardian}-*`)],
    },
    { sid: "Providers", actions: CHANGES_OF_PROVIDERS, resources: [stack.globalArn("iam", "oidc-provider/*")] },
    { sid: "OtherRoles", actions: ["sts:AssumeRole"], resources: ["*"] },
    foreignParameterChanges(scope),
    {
      sid: "StateBucket",
      actions: [
        "s3:DeleteBucket",
        "s3:DeleteBucketPolicy",
        "s3:PutBucketAcl",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketPolicy",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketVersioning",
        "s3:PutEncryptionConfiguration",
        "s3:PutLifecycleConfiguration",
        "s3:PutReplicationConfiguration",
      ],
      resources: [arn],
    },
    { sid: "OldStates", actions: ["s3:DeleteObjectVersion"], resources: [`${arn}/*`] },
    {
      sid: "StateOfTheGuardian",
      actions: ["s3:DeleteObject", "s3:PutObject"],
      resources: [`${arn}/${stack.environment.name}/${guardian}.tfstate*`],
    },
  ];
}
