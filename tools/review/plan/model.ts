import { z } from "zod";

/** What happens to a resource. `move` and `import` change nothing but Terraform's state. */
export const ACTIONS = ["create", "update", "replace", "delete", "forget", "move", "import"] as const;

/**
 * A value as a reviewer may see it. What is secret is not in here at all, so that a model can be stored, sent to GitHub and
 * looked at by anybody who may see the pull request.
 */
const shownSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("absent") }),
  z.object({ kind: z.literal("value"), value: z.unknown() }),
  z.object({ kind: z.literal("unknown") }),
  z.object({ kind: z.literal("sensitive") }),
]);

const attributeSchema = z.object({
  /** `launch_template[0].version`; what is inside of JSON text follows after `→` */
  path: z.string(),
  before: shownSchema,
  after: shownSchema,
  /** Whether this change is why the resource is replaced */
  forcesReplacement: z.boolean(),
});

const resourceSchema = z.object({
  address: z.string(),
  type: z.string(),
  action: z.enum(ACTIONS),
  /** Where the resource was in the state, when it has moved */
  previousAddress: z.string().optional(),
  /** Whether the new one stands before the old one goes; only for a replacement */
  createdFirst: z.boolean().optional(),
  /** Whether it is imported into the state along with the change */
  imported: z.boolean().optional(),
  /** Terraform's reason in words, when it gives one that the attributes do not show */
  reason: z.string().optional(),
  attributes: z.array(attributeSchema),
});

const outputSchema = z.object({
  name: z.string(),
  action: z.enum(["create", "update", "delete"]),
  before: shownSchema,
  after: shownSchema,
});

/** The plan of one stack in one environment, free of secrets: what is analysed and what Markdown is made of. */
export const stackPlanSchema = z.object({
  // These stand in tables and titles as they are.
  stack: z.string().regex(/^[\w-]+$/),
  environment: z.string().regex(/^[\w-]+$/),
  /** Whether Terraform stopped on the way, so that there may be more to change than the plan says */
  errored: z.boolean(),
  resources: z.array(resourceSchema),
  outputs: z.array(outputSchema),
  /** What was changed outside of Terraform since it last ran */
  drift: z.array(resourceSchema),
  /** The plan as `terraform show` prints it, without secrets as well */
  text: z.string().optional(),
});

export type Action = (typeof ACTIONS)[number];
export type Shown = z.output<typeof shownSchema>;
export type AttributeChange = z.output<typeof attributeSchema>;
export type ResourceChange = z.output<typeof resourceSchema>;
export type OutputChange = z.output<typeof outputSchema>;
export type StackPlan = z.output<typeof stackPlanSchema>;

/** Whether applying the plan would change nothing: no resource, no output, not even an address in the state. */
export function isClean({ resources, outputs, errored }: StackPlan): boolean {
  return resources.length === 0 && outputs.length === 0 && !errored;
}

/** How many resources each action concerns. */
export function countActions(resources: readonly ResourceChange[]): ReadonlyMap<Action, number> {
  return new Map(ACTIONS.map((action) => [action, resources.filter((one) => one.action === action).length]));
}
