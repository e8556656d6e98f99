import { Command } from "commander";
import { validateCommand, workflowsCommand } from "./commands/checks";
import { driftCommand, issueCommand } from "./commands/drift";
import { commentCommand, markdownCommand, prepareCommand, textCommand } from "./commands/plans";
import { changedCommand, scopeCommand, stacksCommand } from "./commands/stacks";

// A hint about Node versions that nobody asked for.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

const commands = [
  stacksCommand,
  changedCommand,
  prepareCommand,
  markdownCommand,
  textCommand,
  commentCommand,
  driftCommand,
  issueCommand,
  scopeCommand,
  validateCommand,
  workflowsCommand,
];

const program = new Command("npm run review --")
  .description(
    "Shows what a change would do before it is done: plans in pull requests, drift as issues. See docs/review.md.",
  )
  .addHelpText("after", "\nExit codes: 0 done, 1 failed, 2 not possible (`drift`: 2 means that there is drift).");
for (const command of commands) program.addCommand(command.copyInheritedSettings(program));
for (const command of [program, ...commands]) {
  const mistaken = command === driftCommand ? 1 : 2;
  command
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : mistaken))
    .showHelpAfterError("(--help shows what is possible)");
}
await program.parseAsync();
