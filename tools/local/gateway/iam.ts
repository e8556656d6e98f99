/** One statement of an IAM policy, as the policy documents write it. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action?: string | readonly string[];
  readonly NotAction?: unknown;
  readonly Resource?: string | readonly string[];
  readonly NotResource?: unknown;
  readonly Condition?: unknown;
}

/** An IAM policy document */
export interface PolicyDocument {
  readonly Statement: Statement | readonly Statement[];
}

/** One thing that a request wants to do; some requests need several. */
export interface Access {
  /** "dynamodb:GetItem" */
  readonly action: string;
  /** The ARN, or "*" for actions that know no resource */
  readonly resource: string;
}

/** What the policies of a role say about one access. */
export type Decision = "allowed" | "explicitly denied" | "not allowed";

/**
 * The policies of one role.
 *
 * Understands Effect, Action and Resource with the wildcards `*` and `?`. A statement with anything else (Condition,
 * NotAction, NotResource) cannot be judged here: it never allows, and if it denies, it denies always. `unsupported`
 * names these, so that they can be said.
 */
export class RolePolicies {
  private readonly statements: readonly Statement[];

  constructor(documents: readonly PolicyDocument[]) {
    this.statements = documents.flatMap((document) => document.Statement);
  }

  /** A line for each statement about the given services that cannot be judged here. */
  unsupported(services: readonly string[]): string[] {
    return this.statements
      .filter((statement) => !isJudgeable(statement) && mentions(statement, services))
      .map((statement) => {
        const keys = (["Condition", "NotAction", "NotResource"] as const).filter((key) => statement[key] !== undefined);
        const effect = statement.Effect === "Allow" ? "never allows anything" : "always denies";
        return `${keys.join(" and ")} cannot be judged on this machine, so this statement ${effect} here: ${JSON.stringify(statement)}`;
      });
  }

  /** Judges one access: an explicit deny wins, and what nothing allows is not allowed. */
  decide(access: Access): Decision {
    const matching = this.statements.filter((statement) => matches(statement, access));
    if (matching.some((statement) => statement.Effect === "Deny")) return "explicitly denied";
    const allowed = matching.some((statement) => statement.Effect === "Allow" && isJudgeable(statement));
    return allowed ? "allowed" : "not allowed";
  }

  /** Every action that is allowed somewhere, as written ("s3:PutObject", "ssmmessages:*"), each once. */
  get grantedActions(): string[] {
    const allow = this.statements.filter((statement) => statement.Effect === "Allow");
    return [...new Set(allow.flatMap((statement) => list(statement.Action)))].sort();
  }
}

/** Whether a text matches an IAM pattern, in which `*` is any text and `?` any one character. */
export function matchesPattern(text: string, pattern: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", "[^]*").replaceAll("?", "[^]")}$`).test(text);
}

function matches(statement: Statement, access: Access): boolean {
  // Without Action or Resource the statement has NotAction or NotResource: taken as matching, see the class.
  const actions = statement.Action === undefined ? ["*"] : list(statement.Action);
  const resources = statement.Resource === undefined ? ["*"] : list(statement.Resource);
  return (
    actions.some((pattern) => matchesPattern(access.action.toLowerCase(), pattern.toLowerCase())) &&
    resources.some((pattern) => matchesPattern(access.resource, pattern))
  );
}

function isJudgeable(statement: Statement): boolean {
  const { Condition, NotAction, NotResource } = statement;
  return Condition === undefined && NotAction === undefined && NotResource === undefined;
}

function mentions(statement: Statement, services: readonly string[]): boolean {
  if (statement.Action === undefined) return true;
  return list(statement.Action).some((action) =>
    services.some((service) => action === "*" || action.toLowerCase().startsWith(`${service}:`)),
  );
}

function list(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : value;
}
