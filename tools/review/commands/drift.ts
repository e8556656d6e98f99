import { Command, Option } from "commander";
import { act } from "../../release/command";
import { FailedError, RefusedError } from "../../release/errors";
import { keepDriftIssue } from "../drift-issue";
import { repositoryOfWorkflow, runUrl, WORKFLOW_AUTHOR } from "../github/repository";
import { isClean, type StackPlan } from "../plan/model";
import { readPlans } from "../reviews";

/** As of `terraform plan -detailed-exitcode`. */
const DIFFERENT = 2;

interface Options {
  readonly stack: string;
  readonly env: string;
  readonly author: string;
}

export const driftCommand = withTarget(new Command("drift"))
  .description("Exits with 0 when a stack is as the code says, with 2 when it is not, with 1 when that cannot be told.")
  .option("--json", "print the result as JSON")
  .action(
    act((folder: string, { stack, env }: Options) => {
      const plan = planOf(folder, stack, env);
      const clean = isClean(plan);
      const text = clean ? `${stack} ${env} is as the code says` : `${stack} ${env} is not as the code says`;
      return Promise.resolve({ json: { stack, environment: env, clean }, text, exitCode: clean ? 0 : DIFFERENT });
    }),
  );

export const issueCommand = withTarget(new Command("issue"))
  .description(
    "Keeps one issue for a stack in an environment that is not as the code says: opened, updated in place, closed when it is " +
      "again, and opened anew when it drifts again.",
  )
  .option("--author <login>", "who the issue is from", WORKFLOW_AUTHOR)
  .option("--json", "print the result as JSON")
  .action(
    act(async (folder: string, { stack, env, author }: Options) => {
      const plan = planOf(folder, stack, env);
      const result = await keepDriftIssue(repositoryOfWorkflow(process.env, author), plan, runUrl(process.env));
      return { json: { stack, environment: env, result }, text: `issue of ${stack} ${env}: ${result}` };
    }),
  );

function withTarget(command: Command): Command {
  return command
    .argument("<folder>", "with files of `npm run release -- plan` or of `prepare`")
    .addOption(new Option("--stack <stack>", "stack of stacks/").makeOptionMandatory())
    .addOption(new Option("--env <environment>", "environment that it was planned for").makeOptionMandatory());
}

/** @throws FailedError when there is no such plan; never RefusedError, whose exit code means something else here */
function planOf(folder: string, stack: string, environment: string): StackPlan {
  try {
    const found = readPlans(folder).find((plan) => plan.stack === stack && plan.environment === environment);
    if (found) return found;
  } catch (error) {
    if (error instanceof RefusedError) throw new FailedError(error.message);
    throw error;
  }
  throw new FailedError(`${folder} has no plan of ${stack} ${environment}`);
}
