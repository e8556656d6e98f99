import { Token } from "cdktf";
import type { Construct } from "constructs";

/** One condition on a prop. It is skipped when the value is absent or only known to Terraform. */
export interface Rule<T> {
  readonly prop: string;
  readonly value: T | undefined;
  readonly valid: (value: T) => boolean;
  /** What would be right, completing "allowed: …". */
  readonly allowed: string;
}

/** Makes a rule whose condition knows the value's type. */
export function rule<T>(
  prop: string,
  value: T | undefined,
  valid: (value: T) => boolean,
  allowed: string,
): Rule<unknown> {
  return { prop, value, valid: valid as (value: unknown) => boolean, allowed };
}

export function isIntegerBetween(min: number, max: number): (value: number) => boolean {
  return (value) => Number.isInteger(value) && value >= min && value <= max;
}

export const INSTANCE_TYPE = "an EC2 instance type such as t3.micro";

/** Whether it is written as the name of an EC2 instance type is. */
export function isInstanceType(type: string): boolean {
  return /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(type);
}

/**
 * Checks all rules of a construct's props at synthesis.
 * @throws Error with the construct's path and, for every broken rule, the prop, the value got and what is allowed
 */
export function validate(construct: Construct, rules: readonly Rule<unknown>[]): void {
  const broken = rules.filter(({ value, valid }) => value !== undefined && !Token.isUnresolved(value) && !valid(value));
  if (broken.length === 0) return;
  const lines = broken.map(
    ({ prop, value, allowed }) => `  ${prop}: got ${JSON.stringify(value)}, allowed: ${allowed}`,
  );
  throw new Error(`${construct.node.path}: invalid props\n${lines.join("\n")}`);
}
