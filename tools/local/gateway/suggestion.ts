import type { Caller } from "./credentials";
import type { Access } from "./iam";
import type { Resource, SynthesizedStack } from "../terraform/synthesized";
import { asString } from "../terraform/value";

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
  return `missing in the stack: ${kind} "${owner.resource.id}" .${call(within, caller.name, action)}`;
}

function arnOf(stack: SynthesizedStack, { type, name }: Resource): string {
  return asString(stack.resource(type, name, "arn"));
}

/** The call of the module that grants it: on the resource itself, on an index, or on the objects of a folder or of a kind. */
function call(within: string, caller: string, action: string): string {
  if (within === "") return `grant(${caller}, ["${action}"])`;
  const index = /^index\/(.+)$/.exec(within)?.[1];
  if (index !== undefined) return `grantIndex(${caller}, "${index}", ["${action}"])`;
  const folder = within.lastIndexOf("/");
  const kind = within.lastIndexOf(".");
  const keys = folder >= 0 ? `${within.slice(0, folder)}/*` : kind > 0 ? `*${within.slice(kind)}` : within;
  return `grant(${caller}, ["${action}"], "${keys}")`;
}
