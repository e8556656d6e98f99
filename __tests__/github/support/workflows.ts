import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

export const root = fileURLToPath(new URL("../../..", import.meta.url));

export interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, string | number | boolean>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Job {
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly uses?: string;
  readonly "runs-on"?: string;
  readonly "timeout-minutes"?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: Concurrency;
  readonly environment?: string;
  readonly strategy?: { readonly matrix?: Readonly<Record<string, unknown>> };
  readonly with?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
}

export interface Concurrency {
  readonly group: string;
  readonly "cancel-in-progress": boolean | string;
}

export interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: Concurrency;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** A job with where it stands. */
export interface NamedJob {
  /** `release.yml bake` */
  readonly name: string;
  readonly file: string;
  readonly workflow: Workflow;
  readonly job: Job;
  readonly steps: readonly Step[];
}

/** Every file below .github that GitHub runs, relative to the repository. */
export const files: readonly string[] = readdirSync(join(root, ".github"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.startsWith("workflows/") || file.endsWith("action.yml"))
  .filter((file) => /\.ya?ml$/.test(file))
  .map((file) => join(".github", file))
  .sort();

export function textOf(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/** The workflows by the name of their file: "release.yml". */
export const workflows: ReadonlyMap<string, Workflow> = new Map(
  files
    .filter((file) => file.includes("workflows/"))
    .map((file) => [file.slice(file.lastIndexOf("/") + 1), parse(textOf(file)) as Workflow]),
);

export const jobs: readonly NamedJob[] = [...workflows].flatMap(([file, workflow]) =>
  Object.entries(workflow.jobs).map(([id, job]) => ({
    name: `${file} ${id}`,
    file,
    workflow,
    job,
    steps: job.steps ?? [],
  })),
);

/** The one job of this name: "release.yml bake". */
export function jobOf(name: string): NamedJob {
  const found = jobs.find((job) => job.name === name);
  if (!found) throw new Error(`there is no job ${name}; there are: ${jobs.map((job) => job.name).join(", ")}`);
  return found;
}

/** The steps that use an action: "actions/checkout". */
export function stepsUsing(steps: readonly Step[], action: string): Step[] {
  return steps.filter(({ uses }) => uses?.split("@")[0] === action);
}
