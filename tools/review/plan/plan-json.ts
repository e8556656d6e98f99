import { z } from "zod";

/**
 * A change as Terraform writes it: what was, what will be, which of it is only known after apply, and which of it is secret
 * (https://developer.hashicorp.com/terraform/internals/json-format#change-representation).
 */
const changeSchema = z.object({
  actions: z.array(z.string()),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  /** `true` where a value is not known yet, nested like the value */
  after_unknown: z.unknown().optional(),
  /** `true` where a value is secret: for all of it, or nested like the value */
  before_sensitive: z.unknown().optional(),
  after_sensitive: z.unknown().optional(),
  /** What forces a replacement */
  replace_paths: z.array(z.array(z.union([z.string(), z.number()]))).default([]),
  importing: z.object({ id: z.string().optional() }).nullish(),
});

const resourceChangeSchema = z.object({
  address: z.string(),
  previous_address: z.string().optional(),
  mode: z.string().default("managed"),
  type: z.string().default(""),
  /** Key of an object that was left over when its replacement was created first */
  deposed: z.string().optional(),
  action_reason: z.string().optional(),
  change: changeSchema,
});

/** `terraform show -json` of a plan. Minor versions only add to it; what is not known here is left out of account. */
export const planSchema = z.object({
  format_version: z.string().regex(/^1\.\d+$/, "a plan of format 1.x is needed (Terraform 1.1 or newer)"),
  terraform_version: z.string().optional(),
  errored: z.boolean().default(false),
  resource_changes: z.array(resourceChangeSchema).default([]),
  resource_drift: z.array(resourceChangeSchema).default([]),
  output_changes: z.record(z.string(), changeSchema).default({}),
});

export type PlanJson = z.output<typeof planSchema>;
export type ChangeJson = z.output<typeof changeSchema>;
export type ResourceChangeJson = z.output<typeof resourceChangeSchema>;
