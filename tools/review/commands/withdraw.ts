import { Command } from "commander";
import { loadEnvironment } from "../../../environments";
import { act, environmentOption, type EnvironmentOption } from "../../release/command";

export const withdrawCommand = new Command("withdraw")
  .description(
    "After a plan was not approved, or came to nothing: publishes the image that runs again, unless the published one runs already.",
  )
  .argument("<application>", "application of app-src/")
  .addOption(environmentOption("whose publication to take back"))
  .option("--json", "print the result as JSON")
  .action(
    act(async (application: string, { env }: EnvironmentOption) => {
      // The stacks and AWS's clients take longer to load than the other commands take to run.
      const [{ awsClients }, { withdraw }] = await Promise.all([
        import("../../release/aws/clients"),
        import("../withdraw"),
      ]);
      const result = await withdraw(awsClients(loadEnvironment(env).region), application, env);
      const { published, restored = null, why } = result;
      const what =
        restored === null ? `${published} stays published` : `${restored} is published again, after ${published}`;
      return {
        json: { app: application, environment: env, published, restored, why },
        text: `${application} ${env}: ${what} (${why})`,
      };
    }),
  );
