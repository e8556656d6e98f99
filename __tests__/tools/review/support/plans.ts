import type { StackPlan } from "../../../../tools/review/plan/model";
import { readPlan } from "../../../../tools/review/plan/read-plan";

/** A change in Terraform's JSON; what is left out is as Terraform writes it for a change of nothing. */
export interface ChangeFixture {
  readonly actions: readonly string[];
  readonly before?: unknown;
  readonly after?: unknown;
  readonly after_unknown?: unknown;
  readonly before_sensitive?: unknown;
  readonly after_sensitive?: unknown;
  readonly replace_paths?: readonly (readonly (string | number)[])[];
  readonly importing?: { readonly id?: string };
}

export interface ResourceFixture extends ChangeFixture {
  readonly address?: string;
  readonly previous_address?: string;
  readonly mode?: string;
  readonly deposed?: string;
  readonly action_reason?: string;
}

export interface PlanFixture {
  readonly resources?: readonly ResourceFixture[];
  readonly drift?: readonly ResourceFixture[];
  readonly outputs?: Readonly<Record<string, ChangeFixture>>;
  readonly errored?: boolean;
}

/** `terraform show -json` of a plan. */
export function planJson({ resources = [], drift = [], outputs = {}, errored }: PlanFixture): unknown {
  return {
    format_version: "1.2",
    terraform_version: "1.11.4",
    resource_changes: resources.map(resource),
    resource_drift: drift.map(resource),
    output_changes: Object.fromEntries(Object.entries(outputs).map(([name, change]) => [name, filled(change)])),
    ...(errored === undefined ? {} : { errored }),
  };
}

/** The same, read. */
export function plan(fixture: PlanFixture, stack = "imagery", environment = "dev", text?: string): StackPlan {
  return readPlan(planJson(fixture), { stack, environment, text });
}

function resource({ address = "aws_x.a", previous_address, mode, deposed, action_reason, ...change }: ResourceFixture) {
  return {
    address,
    previous_address,
    mode: mode ?? "managed",
    type: address.split(".")[0],
    deposed,
    action_reason,
    change: filled(change),
  };
}

function filled(change: ChangeFixture): ChangeFixture {
  return { before: null, after: null, after_unknown: {}, before_sensitive: {}, after_sensitive: {}, ...change };
}
