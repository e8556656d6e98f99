import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { act, environmentOption, say, type EnvironmentOption } from "../command";
import { deployStack, reportOf } from "../deploy-stack";
import { RefusedError } from "../errors";
import { synthesizeStack } from "../terraform/stack-facts";

/** Time for a smoke test. */
const SMOKE_TEST_MS = 120_000;

export interface DeployOptions extends EnvironmentOption {
  readonly plan?: string;
  readonly yes?: true;
  readonly timeout: number;
  readonly urlTimeout: number;
  readonly rollback: boolean;
  readonly smoke?: true;
}

export const deployCommand = withDeployOptions(
  new Command("deploy")
    .description(
      "Plans, applies that very plan, follows the instance refreshes until every group is healthy on its image, and asks the " +
        "stack's URL. When that fails, an alarm rings or time is up, the previous image is put back.",
    )
    .argument("<stack>", "stack of stacks/")
    .addOption(environmentOption("to deploy to"))
    .option("--plan <file>", "a .tfplan that `plan` has written, and somebody has approved")
    .option("--smoke", "then do with the stack what its users do (tools/smoke), as part of the deployment")
    .option("--no-rollback", "leave a failed deployment as it is"),
).action(
  act(async (name: string, options: DeployOptions) => {
    const planFile = options.plan === undefined ? undefined : existing(options.plan);
    if (options.smoke === true && options.urlTimeout === 0) {
      throw new RefusedError("--smoke needs the stack's URL, which --url-timeout 0 does not ask");
    }
    const stack = synthesizeStack(name, options.env);
    const report = await deployStack(stack, {
      planFile,
      yes: options.yes === true,
      timeoutMinutes: options.timeout,
      urlTimeout: options.urlTimeout,
      smokeTest: options.smoke === true ? await smokeTestFor(name) : undefined,
      rollBack: options.rollback,
    });
    return reportOf(stack, report);
  }),
);

/** A file as it is named where the command was given; Terraform runs elsewhere. */
function existing(file: string): string {
  const path = resolve(file);
  if (existsSync(path)) return path;
  throw new RefusedError(`there is no plan ${path}`);
}

/** Loaded only when it is asked for: it brings a library for images. */
async function smokeTestFor(stack: string): Promise<(url: string) => Promise<void>> {
  const { smokeTestOf } = await import("../../smoke/smoke-tests");
  const test = smokeTestOf(stack);
  return (url) => test(url, { deadline: Date.now() + SMOKE_TEST_MS, say });
}

/** Options that `deploy` and `rollback` share. */
export function withDeployOptions(command: Command): Command {
  return command
    .option("--yes", "do not ask before the plan is applied (without a terminal nobody is asked)")
    .option("--timeout <minutes>", "time for all groups to become healthy", positive, 45)
    .option("--url-timeout <seconds>", "time for the stack's URL to answer; 0 does not ask it", notNegative, 180)
    .option("--json", "print the result as JSON");
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError("It must be a number above 0.");
  return value;
}

function notNegative(text: string): number {
  return text === "0" ? 0 : positive(text);
}
