import type { Caller } from "./credentials";
import type { Access } from "./iam";
import type { Resource, SynthesizedStack } from "./synthesized";

const kinds: Record<string, string> = { aws_dynamodb_table: "table", aws_sqs_queue: "queue", aws_s3_bucket: "bucket" };

/** Says which line of the stack is missing, so that a caller may do what it was denied. */
export function suggestGrant(stack: SynthesizedStack, caller: Caller, { action, resource: arn }: Access): string {
  const owner = Object.keys(kinds)
    .flatMap((type) => stack.ofType(type))
    .map((resource) => ({ resource, own: arnOf(stack, resource) }))
    .find(({ own }) => arn === own || arn.startsWith(`${own}/`));
  if (owner === undefined) return "nothing in the stack has this resource";
  const kind = kinds[owner.resource.type] ?? "resource";
  const within = arn.slice(owner.own.length + 1);
  const scope = within === "" ? "" : `, ${JSON.stringify(scopeOf(within))}`;
  return `missing in the stack: ${kind} "${owner.resource.id}": grant(${caller.name}, ["${action}"]${scope})`;
}

function arnOf(stack: SynthesizedStack, { type, name }: Resource): string {
  return String(stack.resource(type, name, "arn"));
}

/** An object's folder, or the name of an index. */
function scopeOf(within: string): string {
  if (within.startsWith("index/")) return within;
  const folder = within.lastIndexOf("/");
  return folder < 0 ? within : `${within.slice(0, folder)}/*`;
}
