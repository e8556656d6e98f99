import { z } from "zod";
import type { StackFacts } from "./stack-facts";

/** What a release reads of `terraform show -json`; the rest is for reviewers. */
const planSchema = z.object({
  format_version: z.string().startsWith("1."),
  planned_values: z
    .object({
      root_module: z
        .object({
          resources: z.array(z.object({ address: z.string(), values: z.record(z.string(), z.unknown()) })).default([]),
        })
        .default({ resources: [] }),
    })
    .default({ root_module: { resources: [] } }),
  resource_changes: z.array(z.object({ change: z.object({ actions: z.array(z.string()) }) })).default([]),
  output_changes: z.record(z.string(), z.object({ actions: z.array(z.string()) })).default({}),
});

export interface PlanFacts {
  /** How many resources and outputs it changes */
  readonly changes: number;
  /** The image that each group will launch, by the group's name; without those that install at boot */
  readonly images: ReadonlyMap<string, string>;
}

/** Reads the facts of a plan of a stack. @throws ZodError when it is no plan of a format that is known */
export function readPlan(json: unknown, stack: StackFacts): PlanFacts {
  const { planned_values, resource_changes, output_changes } = planSchema.parse(json);
  const changed = (actions: readonly string[]) => actions.some((action) => action !== "no-op" && action !== "read");
  const values = new Map(planned_values.root_module.resources.map((resource) => [resource.address, resource.values]));
  const images = stack.groups.flatMap(({ name, template, application }): [string, string][] => {
    const image = values.get(template)?.image_id;
    return application !== undefined && typeof image === "string" ? [[name, image]] : [];
  });
  return {
    changes:
      resource_changes.filter(({ change }) => changed(change.actions)).length +
      Object.values(output_changes).filter(({ actions }) => changed(actions)).length,
    images: new Map(images),
  };
}
