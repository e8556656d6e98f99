import { describe, expect, it } from "@jest/globals";
import { Testing } from "cdktf";
import { Bootstrap } from "../../stacks/bootstrap";
import { isAllowed, type Statement } from "../modules/support/iam";
import { Synthesized, statementsOf, testEnvironment } from "../support/synthesized";
import { ACCOUNT, REPOSITORY, type RoleName, github, stack, synthesize } from "./support/bootstrap";

describe("bootstrap: state", () => {
  it("is kept in a bucket that is private, encrypted and refuses plain HTTP", () => {
    expect(stack.one("aws_s3_bucket_public_access_block")).toMatchObject({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    expect(stack.all("aws_s3_bucket_server_side_encryption_configuration")).toHaveLength(1);
    expect(statementsOf(stack.one("aws_s3_bucket_policy").policy)).toMatchObject([
      { Effect: "Deny", Principal: "*", Action: ["s3:*"], Condition: { Bool: { "aws:SecureTransport": "false" } } },
    ]);
  });

  it.each([true, false])("keeps old versions for 90 days and is never emptied (protectData: %j)", (protectData) => {
    const changed = synthesize({ protectData });
    expect(changed.one("aws_s3_bucket").force_destroy).toBe(false);
    expect(changed.one("aws_s3_bucket_versioning")).toMatchObject({ versioning_configuration: { status: "Enabled" } });
    expect(changed.one("aws_s3_bucket_lifecycle_configuration").rule).toContainEqual(
      expect.objectContaining({ noncurrent_version_expiration: [{ noncurrent_days: 90 }] }),
    );
  });

  // Renaming a construct changes these, and Terraform would then make a new bucket, without the states.
  it("keeps its address", () => {
    expect(stack.addresses(["aws_s3_bucket", "aws_sns_topic", "aws_iam_openid_connect_provider"])).toEqual([
      "aws_s3_bucket.state_bucket_803B4E61",
      "aws_sns_topic.alarms_topic_CB6504A9",
      "aws_iam_openid_connect_provider.github_provider_BE3EB914",
    ]);
  });
});

describe("bootstrap: alarms", () => {
  const topicArn = `arn:aws:sns:eu-west-1:${ACCOUNT}:bootstrap-dev-alarms`;

  it.each([
    ["nobody" as const, []],
    [{ emails: ["on-call@example.com"] }, ["on-call@example.com"]],
    [{ topicArn }, []],
    [{ topicArn, emails: ["a@example.com", "b@example.com"] }, ["a@example.com", "b@example.com"]],
  ])("with the setting %j its one topic has the subscribers %j", (alarms, subscribers) => {
    const changed = synthesize({ alarms });
    expect(changed.all("aws_sns_topic")).toHaveLength(1);
    expect(changed.all("aws_sns_topic_subscription").map(({ endpoint }) => endpoint)).toEqual(subscribers);
  });
});

describe("bootstrap: outputs", () => {
  it("are what goes into the settings and into GitHub's variables", () => {
    expect(Object.keys(stack.json.output).sort()).toEqual([
      "alarm_topic_arn",
      "bake_role_arn",
      "deploy_role_arn",
      "plan_role_arn",
      "state_bucket",
    ]);
    expect(stack.json.output.plan_role_arn).toMatchObject({ description: "GitHub variable AWS_PLAN_ROLE_DEV" });
  });

  it("are bucket and topic alone where no repository is named", () => {
    const settings = testEnvironment({ name: "dev" });
    const byHand = new Synthesized(new Bootstrap(Testing.app(), "bootstrap", { environment: settings }));
    expect(Object.keys(byHand.json.output).sort()).toEqual(["alarm_topic_arn", "state_bucket"]);
    expect(byHand.addresses(["aws_iam_role", "aws_iam_openid_connect_provider"])).toEqual([]);
  });
});

describe("bootstrap: who may take a role", () => {
  const tokenOf = (subject: string, audience = "sts.amazonaws.com") => ({
    "token.actions.githubusercontent.com:aud": audience,
    "token.actions.githubusercontent.com:sub": subject,
  });

  /** Roles that a token lets its holder take. */
  function rolesFor(token: Readonly<Record<string, string>>, from = stack): string[] {
    return (["plan", "bake", "deploy"] as const).filter((role) => {
      const trust = JSON.parse(String(from.one("aws_iam_role", role).assume_role_policy)) as { Statement: Statement[] };
      const request = { action: "sts:AssumeRoleWithWebIdentity", resource: "the role", context: token };
      return isAllowed(
        trust.Statement.map((statement) => ({
          ...statement,
          Action: [statement.Action].flat() as string[],
          Resource: ["*"],
        })),
        request,
      );
    });
  }

  it("is said by exact values alone: GitHub's provider, its audience and the subjects", () => {
    for (const [role, subjects] of [
      ["plan", [`repo:${REPOSITORY}:pull_request`, `repo:${REPOSITORY}:ref:refs/heads/main`]],
      ["bake", [`repo:${REPOSITORY}:ref:refs/heads/main`]],
      ["deploy", [`repo:${REPOSITORY}:environment:dev`]],
    ] as const) {
      expect(JSON.parse(String(stack.one("aws_iam_role", role).assume_role_policy))).toEqual({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: "sts:AssumeRoleWithWebIdentity",
            Principal: { Federated: expect.stringMatching(/^\$\{aws_iam_openid_connect_provider\.github_\w+\.arn\}$/) },
            Condition: {
              StringEquals: {
                "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                "token.actions.githubusercontent.com:sub": subjects,
              },
            },
          },
        ],
      });
    }
  });

  it.each<[string, RoleName[]]>([
    [`repo:${REPOSITORY}:pull_request`, ["plan"]],
    [`repo:${REPOSITORY}:ref:refs/heads/main`, ["plan", "bake"]],
    [`repo:${REPOSITORY}:environment:dev`, ["deploy"]],
    [`repo:${REPOSITORY}:environment:prod`, []],
    [`repo:${REPOSITORY}:environment:dev2`, []],
    [`repo:${REPOSITORY}:ref:refs/heads/main2`, []],
    [`repo:${REPOSITORY}:ref:refs/heads/feature/main`, []],
    [`repo:${REPOSITORY}:ref:refs/tags/main`, []],
    [`repo:${REPOSITORY}-fork:pull_request`, []],
    ["repo:octo-org/other:ref:refs/heads/main", []],
    ["repo:octo-org2/octo-repo:environment:dev", []],
    ["repo:octo-org@1/octo-repo@2:environment:dev", []],
    ["", []],
  ])("%s may take %j", (subject, roles) => {
    expect(rolesFor(tokenOf(subject))).toEqual(roles);
  });

  it("is nobody with a token for another audience", () => {
    expect(rolesFor(tokenOf(`repo:${REPOSITORY}:environment:dev`, "https://github.com/octo-org"))).toEqual([]);
  });

  it("is bound to a repository's ids where its tokens carry them", () => {
    const bound = synthesize({ github: { repository: "octo-org@1/octo-repo@2", environment: "production" } });
    expect(rolesFor(tokenOf("repo:octo-org@1/octo-repo@2:environment:production"), bound)).toEqual(["deploy"]);
    expect(rolesFor(tokenOf("repo:octo-org@1/octo-repo@3:environment:production"), bound)).toEqual([]);
    expect(rolesFor(tokenOf(`repo:${REPOSITORY}:environment:production`), bound)).toEqual([]);
  });

  it("may hold bake and deploy for two hours, plan for one", () => {
    const seconds = (role: RoleName) => stack.one("aws_iam_role", role).max_session_duration;
    expect([seconds("plan"), seconds("bake"), seconds("deploy")]).toEqual([3600, 7200, 7200]);
  });

  it("is told by the provider of the account where one is there already", () => {
    const second = synthesize({ github: { ...github, oidcProvider: "existing" } });
    expect(second.all("aws_iam_openid_connect_provider")).toEqual([]);
    expect(second.json.data.aws_iam_openid_connect_provider).toMatchObject({
      [Object.keys(second.json.data.aws_iam_openid_connect_provider ?? {})[0] ?? ""]: {
        url: "https://token.actions.githubusercontent.com",
      },
    });
  });
});
