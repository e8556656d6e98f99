import { Command } from "commander";
import { act, environmentOption } from "../command";
import { type DeployOptions, withDeployOptions } from "./deploy";

export interface Options extends Omit<DeployOptions, "plan" | "rollback"> {
  readonly to?: string;
  readonly publishOnly?: true;
}

export const rollbackCommand = withDeployOptions(
  new Command("rollback")
    .description("Publishes an earlier image of an application again, and deploys every stack that runs it already.")
    .argument("<application>", "application of images/")
    .addOption(environmentOption("to roll back"))
    .option("--to <version>", "version or AMI id, see `history` (default: the last healthy one, else the one before)")
    .option("--publish-only", "do not deploy: takes a publication back that was never deployed"),
).action(
  act(async (application: string, options: Options) => {
    const { rollbackAction } = await import("../actions/rollback");
    return rollbackAction(application, options);
  }),
);
