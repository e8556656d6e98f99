import { z } from "zod";
import { FailedError } from "../../release/errors";
import type { Action, OutputChange, ResourceChange, StackPlan } from "./model";
import { type ChangeJson, planSchema, type ResourceChangeJson } from "./plan-json";
import { attributeChanges, wholeChange } from "./values";

/** Terraform's reasons that say more than the changed attributes do. */
const REASONS: Readonly<Record<string, string>> = {
  replace_because_tainted: "it is tainted: its creation failed half-way, or somebody has said so",
  replace_by_request: "asked for with -replace",
  replace_by_triggers: "triggered by another resource (replace_triggered_by)",
  delete_because_no_resource_config: "it is not in the configuration any more",
  delete_because_no_module: "its module is not in the configuration any more",
  delete_because_no_move_target: "what it was to be moved to is not in the configuration",
  delete_because_wrong_repetition: "count or for_each was added or removed",
  delete_because_count_index: "count has become smaller",
  delete_because_each_key: "its key is not in for_each any more",
};

/** Whose plan it is, and what came with it. */
export interface PlanOrigin {
  readonly stack: string;
  readonly environment: string;
  /** The plan as `terraform show` prints it. Default: none */
  readonly text?: string | undefined;
}

/**
 * Reads what a reviewer has to know from `terraform show -json`.
 * @throws FailedError when it is no plan of a format that is known
 */
export function readPlan(json: unknown, { stack, environment, text }: PlanOrigin): StackPlan {
  const parsed = planSchema.safeParse(json);
  if (!parsed.success) {
    throw new FailedError(`the plan of ${stack} ${environment} cannot be read:\n${z.prettifyError(parsed.error)}`);
  }
  const { errored, resource_changes, resource_drift, output_changes } = parsed.data;
  return {
    stack,
    environment,
    errored,
    resources: byAddress(resource_changes.flatMap(resourceChange)),
    outputs: Object.entries(output_changes)
      .flatMap(([name, change]) => outputChange(name, change))
      .sort(byName),
    drift: byAddress(resource_drift.flatMap(resourceChange)).filter(({ attributes, action }) => {
      return action !== "update" || attributes.length > 0;
    }),
    ...(text === undefined ? {} : { text }),
  };
}

function resourceChange(json: ResourceChangeJson): ResourceChange[] {
  const { change, previous_address, deposed, action_reason } = json;
  const moved = previous_address !== undefined && previous_address !== json.address;
  const imported = change.importing !== undefined && change.importing !== null;
  const action = actionOf(change.actions) ?? (moved ? "move" : imported ? "import" : undefined);
  if (action === undefined || json.mode === "data") return [];
  const reason = action_reason === undefined ? undefined : REASONS[action_reason];
  return [
    {
      address: deposed === undefined ? json.address : `${json.address} (deposed object ${deposed})`,
      type: json.type,
      action,
      ...(moved ? { previousAddress: previous_address } : {}),
      ...(action === "replace" ? { createdFirst: change.actions[0] === "create" } : {}),
      ...(imported ? { imported } : {}),
      ...(reason === undefined ? {} : { reason }),
      // What goes is known by its name; its attributes say nothing any more.
      attributes: action === "delete" || action === "forget" ? [] : attributeChanges(change),
    },
  ];
}

/** Terraform's actions, sorted, and what they are called here. To replace by forgetting leaves the old one outside of Terraform. */
const ACTIONS_OF: ReadonlyMap<string, Exclude<Action, "move" | "import"> | undefined> = new Map([
  ["no-op", undefined],
  ["read", undefined],
  ["create", "create"],
  ["update", "update"],
  ["delete", "delete"],
  ["forget", "forget"],
  ["create delete", "replace"],
  ["create forget", "replace"],
]);

/** @returns undefined for what changes nothing */
function actionOf(actions: readonly string[]): Exclude<Action, "move" | "import"> | undefined {
  const key = [...actions].sort().join(" ");
  if (ACTIONS_OF.has(key)) return ACTIONS_OF.get(key);
  throw new FailedError(`the plan has actions that are not known: ${actions.join(", ")}`);
}

function outputChange(name: string, change: ChangeJson): OutputChange[] {
  const action = actionOf(change.actions);
  if (action !== "create" && action !== "update" && action !== "delete") return [];
  return [{ name, action, ...wholeChange(change) }];
}

function byAddress(resources: readonly ResourceChange[]): ResourceChange[] {
  return [...resources].sort((a, b) => (a.address < b.address ? -1 : 1));
}

function byName(a: OutputChange, b: OutputChange): number {
  return a.name < b.name ? -1 : 1;
}
