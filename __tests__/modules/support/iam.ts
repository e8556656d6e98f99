import { matchesPattern } from "../../../tools/local/gateway/iam";

/** A statement as IAM gets it. */
export interface Statement {
  readonly Effect: string;
  readonly Action?: readonly string[];
  readonly NotAction?: readonly string[];
  readonly Resource?: readonly string[];
  readonly NotResource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A request: its action, the ARN that it is about, and the values of the condition keys that it carries. */
export interface Request {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
}

/** Whether IAM would let a request pass: something allows it and nothing denies it. */
export function isAllowed(statements: readonly Statement[], request: Request): boolean {
  const effects = statements.filter((statement) => applies(statement, request)).map(({ Effect }) => Effect);
  return effects.includes("Allow") && !effects.includes("Deny");
}

function applies(statement: Statement, { action, resource, context = {} }: Request): boolean {
  const { Action, NotAction = [], Resource, NotResource = [], Condition = {} } = statement;
  const anyMatches = (text: string, patterns: readonly string[]) =>
    patterns.some((pattern) => matchesPattern(text, pattern));
  const isNamed = Action ? anyMatches(action, Action) : !anyMatches(action, NotAction);
  const isMeant = Resource ? anyMatches(resource, Resource) : !anyMatches(resource, NotResource);
  return isNamed && isMeant && Object.entries(Condition).every(([operator, keys]) => holds(operator, keys, context));
}

/** Knows the operators that the project uses, and is loud about any other. */
function holds(
  operator: string,
  keys: Readonly<Record<string, string | readonly string[]>>,
  context: Readonly<Record<string, string>>,
): boolean {
  if (operator !== "StringEquals" && operator !== "BoolIfExists") throw new Error(`unknown operator ${operator}`);
  return Object.entries(keys).every(([key, expected]) => {
    const value = context[key];
    if (value === undefined) return operator.endsWith("IfExists");
    return [expected]
      .flat()
      .some((text) => value === text.replace(/\$\{(.*?)\}/g, (_, name: string) => context[name] ?? ""));
  });
}
