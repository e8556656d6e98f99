import type { Resource } from "./synthesized";

/** Names of the SSM parameters that a launch template looks its image up by; none where its image is found in another way. */
export function imageParametersOf(template: Resource): string[] {
  const image = template.raw("image_id");
  return typeof image === "string" ? [...image.matchAll(/"(\/[^"]+)"/g)].map(([, name = ""]) => name) : [];
}
