/** One statement of an IAM or resource policy, in IAM's words. */
export interface PolicyStatement {
  readonly sid?: string;
  /** Default: `Allow`. */
  readonly effect?: "Allow" | "Deny";
  /** Literal IAM actions such as `sqs:SendMessage`. */
  readonly actions: readonly string[];
  /** ARNs. */
  readonly resources: readonly string[];
  /** Only in resource policies: `"*"`, a service or an account ARN. */
  readonly principals?: "*" | { readonly Service: string } | { readonly AWS: string };
  /** Operator → key → value. */
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** JSON text of a policy document; Terraform's plan shows it, and every later change to it, by its parts. */
export function policyDocument(statements: readonly PolicyStatement[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map(({ sid, effect = "Allow", actions, resources, principals, conditions }) => ({
      Sid: sid,
      Effect: effect,
      Principal: principals,
      Action: actions,
      Resource: resources,
      Condition: conditions,
    })),
  });
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
