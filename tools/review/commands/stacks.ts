import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import { z } from "zod";
import { ENVIRONMENT_NAMES } from "../../../environments";
import { act } from "../../release/command";
import { interruptible } from "../../release/display/interruptible";
import { RefusedError } from "../../release/errors";
import { lastRelease } from "../github/last-release";
import { repositoryOfWorkflow, WORKFLOW_AUTHOR } from "../github/repository";
import { changedStacks, type StackTarget } from "../stacks/changed-stacks";
import { setOutputs, warn } from "../workflow-output";

interface ScopeOptions {
  readonly changed: string;
  readonly base?: string;
  readonly everything: "true" | "false";
}

/** What is compared is this checkout, wherever npm was started. */
const root = process.cwd();

/** Loaded by the commands that need every stack's code, which takes longer than most others' work. */
const targets = () => import("../stacks/targets");

export const stacksCommand = new Command("stacks")
  .description("Lists every stack in every environment. In a workflow, the output `stacks` has the list.")
  .option("--json", "print the result as JSON")
  .action(
    act(async () => {
      const { allTargets, refuseLocalState, withPlanRole } = await targets();
      refuseLocalState(ENVIRONMENT_NAMES);
      const stacks = withPlanRole(allTargets());
      setOutputs({ stacks });
      return { json: { stacks }, text: lines(stacks) };
    }),
  );

export const changedCommand = new Command("changed")
  .description(
    "Lists the stacks whose Terraform JSON is not what an earlier commit synthesizes. In a workflow, the outputs `stacks` and " +
      "`removed` have the lists.",
  )
  .requiredOption("--base <commit>", "what to compare with: where this checkout's history has left it")
  .option("--json", "print the result as JSON")
  .action(
    act(async ({ base }: { base: string }) => {
      const { refuseLocalState, withPlanRole } = await targets();
      const { changed, removed } = await interruptible(() => changedStacks(root, base, ENVIRONMENT_NAMES, warn));
      if (changed.length > 0) refuseLocalState(environmentsOf(changed));
      const stacks = withPlanRole(changed);
      setOutputs({ stacks, removed });
      return { json: { stacks, removed }, text: lines(changed) || "no stack has changed" };
    }),
  );

export const scopeCommand = new Command("release-scope")
  .description(
    "Says what a release has to do: the changed applications, and in each environment the stacks that run them or have changed " +
      "themselves. In a workflow, the outputs are `applications` and `stacks_<environment>`.",
  )
  .requiredOption("--changed <file>", "what `npm run release -- changed --json` has printed")
  .option("--base <commit>", "what to compare with (default: the last commit that this workflow has released)")
  .addOption(
    new Option("--everything <yes>", "every stack that runs released applications, changed or not")
      .choices(["true", "false"])
      .default("false"),
  )
  .option("--json", "print the result as JSON")
  .action(
    act(async ({ changed: file, base, everything }: ScopeOptions) => {
      const { refuseLocalState, releaseScope } = await targets();
      refuseLocalState(ENVIRONMENT_NAMES);
      const applications = applicationsIn(file);
      const changed = everything === "true" ? "all" : await changedSinceRelease(base);
      const scope = releaseScope(applications, changed);
      const perEnvironment = Object.entries(scope.stacks);
      setOutputs({
        applications,
        ...Object.fromEntries(perEnvironment.map(([environment, stacks]) => [`stacks_${environment}`, stacks])),
      });
      const text = [
        `applications: ${applications.join(", ") || "none"}`,
        ...perEnvironment.map(([environment, stacks]) => `stacks in ${environment}: ${stacks.join(", ") || "none"}`),
      ];
      return { json: scope, text: text.join("\n") };
    }),
  );

/**
 * Compares with the last release that has succeeded, not with the last push: what a failed, refused or overtaken release has not
 * deployed is still to be deployed. Without one, or when its commit is gone (the branch was rewritten), every stack may have changed.
 */
async function changedSinceRelease(commit: string | undefined): Promise<readonly StackTarget[] | "all"> {
  const base = commit ?? (await lastRelease(repositoryOfWorkflow(process.env, WORKFLOW_AUTHOR), process.env));
  if (base === undefined) {
    warn("every stack counts as changed: no release has succeeded yet");
    return "all";
  }
  try {
    return (await interruptible(() => changedStacks(root, base, ENVIRONMENT_NAMES, warn))).changed;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    warn(`every stack counts as changed: ${error.message}`);
    return "all";
  }
}

function applicationsIn(file: string): string[] {
  const schema = z.array(z.object({ app: z.string() }));
  try {
    return schema.parse(JSON.parse(readFileSync(file, "utf8"))).map(({ app }) => app);
  } catch (error) {
    throw new RefusedError(
      `${file} is not what \`npm run release -- changed --json\` prints: ${(error as Error).message}`,
    );
  }
}

function environmentsOf(stacks: readonly StackTarget[]): string[] {
  return [...new Set(stacks.map(({ environment }) => environment))];
}

function lines(stacks: readonly StackTarget[]): string {
  return stacks.map(({ stack, environment }) => `${stack} ${environment}`).join("\n");
}
