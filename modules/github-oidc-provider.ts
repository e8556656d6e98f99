import { DataAwsIamOpenidConnectProvider } from "@cdktf/provider-aws/lib/data-aws-iam-openid-connect-provider";
import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider";
import { Construct } from "constructs";
import type { WebIdentity } from "./role";

const ISSUER = "token.actions.githubusercontent.com";
/** What the action aws-actions/configure-aws-credentials asks for. */
const AUDIENCE = "sts.amazonaws.com";

export interface GithubOidcProviderProps {
  /** The repository as the subject of its tokens begins: `owner/name` or `owner@123456/name@456789`. */
  readonly repository: string;
  /** `create`, or use the `existing` one: an account holds one provider for each issuer. Default: `create`. */
  readonly provider?: "create" | "existing";
}

/** Kinds of jobs; each one that is named is accepted. */
export interface GithubJobs {
  /** Those of any pull request from a branch of the repository; one from a fork gets no token. Default: not accepted. */
  readonly pullRequests?: boolean;
  /** Those that run on this branch and name no GitHub environment. Default: none. */
  readonly branch?: string;
  /** Those that name this GitHub environment, once its protection rules let them start. Default: none. */
  readonly environment?: string;
}

/**
 * GitHub Actions as an identity provider: its jobs take IAM roles without any stored secret
 * (https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws).
 * IAM checks GitHub's certificate against its own list of authorities, so there is no thumbprint to keep up to date.
 */
export class GithubOidcProvider extends Construct {
  readonly arn: string;
  readonly #repository: string;

  constructor(scope: Construct, id: string, { repository, provider = "create" }: GithubOidcProviderProps) {
    super(scope, id);
    this.#repository = repository;
    const url = `https://${ISSUER}`;
    this.arn =
      provider === "create"
        ? new IamOpenidConnectProvider(this, "provider", { url, clientIdList: [AUDIENCE] }).arn
        : new DataAwsIamOpenidConnectProvider(this, "provider", { url }).arn;
  }

  /** Jobs of the repository, as exact subjects (https://docs.github.com/en/actions/reference/security/oidc). */
  jobs({ pullRequests = false, branch, environment }: GithubJobs): WebIdentity {
    const contexts = [
      ...(pullRequests ? ["pull_request"] : []),
      ...(branch === undefined ? [] : [`ref:refs/heads/${branch}`]),
      ...(environment === undefined ? [] : [`environment:${environment}`]),
    ];
    return {
      provider: this.arn,
      issuer: ISSUER,
      audience: AUDIENCE,
      subjects: contexts.map((context) => `repo:${this.#repository}:${context}`),
    };
  }
}
