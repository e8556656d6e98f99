import { Command } from "commander";
import { bakeCommand } from "./commands/bake";
import { changedCommand } from "./commands/changed";
import { deployCommand } from "./commands/deploy";
import { historyCommand } from "./commands/history";
import { planCommand } from "./commands/plan";
import { pruneCommand } from "./commands/prune";
import { publishCommand } from "./commands/publish";
import { rollbackCommand } from "./commands/rollback";
import { statusCommand } from "./commands/status";
import { withdrawCommand } from "./commands/withdraw";

// A hint about Node versions that whoever releases did not ask for.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

const commands = [
  bakeCommand,
  publishCommand,
  planCommand,
  deployCommand,
  statusCommand,
  historyCommand,
  rollbackCommand,
  withdrawCommand,
  changedCommand,
  pruneCommand,
];

const program = new Command("npm run release --")
  .description(
    "Immutable releases: bake an image, publish it, deploy it, roll it back, clean up. See docs/releases.md.",
  )
  .addHelpText(
    "after",
    "\nExit codes: 0 done, 1 failed and taken back, 2 not possible (nothing changed), 3 failed and not taken back, 130 interrupted.",
  );
for (const command of commands) program.addCommand(command.copyInheritedSettings(program));
for (const command of [program, ...commands]) {
  command
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .showHelpAfterError("(--help shows what is possible)");
}
await program.parseAsync();
