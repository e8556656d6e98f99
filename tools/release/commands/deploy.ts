import { Command, InvalidArgumentError } from "commander";
import { act, environmentOption, type EnvironmentOption } from "../command";

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
  act(async (stack: string, options: DeployOptions) => {
    const { deployAction } = await import("../actions/deploy");
    return deployAction(stack, options);
  }),
);

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
