import { escapeTemplate } from "./terraform-string";

/** What a statement is about: these ARNs, or everything but these. */
type PolicyScope =
  | { readonly resources: readonly string[]; readonly notResources?: undefined }
  | { readonly resources?: undefined; readonly notResources: readonly string[] };

/** One statement of an IAM or resource policy, in IAM's words. */
export type PolicyStatement = PolicyScope & {
  readonly sid?: string;
  /** Default: `Allow`. */
  readonly effect?: "Allow" | "Deny";
  /** Literal IAM actions such as `sqs:SendMessage`. */
  readonly actions: readonly string[];
  /** Only in resource policies: `"*"`, a service or an account ARN. */
  readonly principals?: "*" | { readonly Service: string } | { readonly AWS: string };
  /** Operator → key → value. */
  readonly conditions?: PolicyConditions;
};

export type PolicyConditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/**
 * JSON text of a policy document; Terraform's plan shows it, and every later change to it, by its parts.
 * IAM's own variables, such as `${aws:userid}`, reach IAM as they are written.
 */
export function policyDocument(statements: readonly PolicyStatement[]): string {
  const document = JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map(
      ({ sid, effect = "Allow", actions, resources, notResources, principals, conditions }) => ({
        Sid: sid,
        Effect: effect,
        Principal: principals,
        Action: actions,
        Resource: resources,
        NotResource: notResources,
        Condition: conditions,
      }),
    ),
  });
  return escapeTemplate(document);
}

/** Refuses requests that are not encrypted in transit. */
export function denyPlainHttp(actions: readonly string[], resources: readonly string[]): PolicyStatement {
  return {
    sid: "DenyPlainHttp",
    effect: "Deny",
    principals: "*",
    actions,
    resources,
    conditions: { Bool: { "aws:SecureTransport": "false" } },
  };
}
