import { fileURLToPath } from "node:url";
import { Command, Option } from "commander";
import { ENVIRONMENT_NAMES } from "../../environments";
import { act } from "../release/command";
import { markdownOf } from "./markdown";
import { resilienceOf } from "./report";
import { synthesizeStacks } from "./synthesize";
import { textOf } from "./text";

interface Options {
  readonly env: string;
  readonly markdown?: true;
}

const images = fileURLToPath(new URL("../../images", import.meta.url));

await new Command("npm run resilience --")
  .description(
    "Says what each stack survives: the loss of a process, a machine, a zone; how it recovers, how long that takes, and what is lost. " +
      "Read from what is synthesized, without AWS.",
  )
  .argument("[stacks...]", "stacks of stacks/ (default: all)")
  .addOption(
    new Option("--env <environment>", "the environment whose settings they have")
      .choices([...ENVIRONMENT_NAMES])
      .default(process.env.ENVIRONMENT ?? "dev"),
  )
  .option("--markdown", "print the result as Markdown, for a pull request")
  .addOption(new Option("--json", "print the result as JSON").conflicts("markdown"))
  .addHelpText("after", "\nExit codes: 0 done, whatever is survived; 2 not possible.")
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .showHelpAfterError("(--help shows what is possible)")
  .action(
    act((stacks: string[], { env, markdown }: Options) => {
      const synthesized = synthesizeStacks(env, stacks.length === 0 ? undefined : stacks);
      const reports = synthesized.map((stack) => resilienceOf(stack, env, images));
      return Promise.resolve({
        json: { reports: reports.map(withoutInfinity) },
        text: markdown === true ? markdownOf(reports) : textOf(reports),
      });
    }),
  )
  .parseAsync();

/** JSON has no Infinity, the hours of all data: "all" stands for it. */
function withoutInfinity(report: object): unknown {
  return JSON.parse(JSON.stringify(report, (_, value: unknown) => (value === Infinity ? "all" : value)));
}
