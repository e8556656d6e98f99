import { referencesOf } from "../local/terraform/expression";
import type { Resource, SynthesizedStack } from "../local/terraform/synthesized";
import { asString } from "../local/terraform/value";

/**
 * The zones of subnets, each as the stack writes it: two subnets with the same expression are in the same zone. A subnet that is not
 * made in the stack counts as a zone of its own. Undefined for a list that only Terraform knows.
 * @param property of the resource, which holds ids of subnets
 */
export function zonesOf(stack: SynthesizedStack, resource: Resource, property: string): Set<string> | undefined {
  const raw = resource.raw(property);
  if (raw !== undefined && !Array.isArray(raw) && typeof raw === "string" && raw.includes(".ids")) return undefined;
  return new Set(resource.references(property).map((reference) => zoneOf(stack, reference)));
}

function zoneOf(stack: SynthesizedStack, reference: string): string {
  const [subnet] = referencesOf(reference).filter(({ type }) => type === "aws_subnet");
  const found = stack.ofType("aws_subnet").find(({ name }) => name === subnet?.name);
  return asString(found?.raw("availability_zone") ?? reference);
}

/** "1 zone", "2 zones" */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Whether a property refers to a resource. */
export function refersTo(resource: Resource, property: string, other: Resource): boolean {
  return resource.references(property).some((text) => text.includes(`\${${other.address}.`));
}
