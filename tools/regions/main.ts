import { Command } from "commander";
import { act } from "../release/command";
import { EXIT } from "../release/errors";
import { readRegions } from "./regions";
import { regionsTable } from "./regions-table";

interface Options {
  readonly region?: string[];
  readonly all?: true;
}

// A hint about Node versions that whoever looks for a zone did not ask for.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

await new Command("npm run regions --")
  .description(
    "Lists the regions and availability zones of the account. A zone's id says where it is; its name may be another place in " +
      "another account.",
  )
  .option("--region <name...>", "only these regions")
  .option("--all", "Local and Wavelength Zones as well, opted in or not")
  .option("--json", "print the result as JSON")
  .addHelpText(
    "after",
    "\nThe account is that of the AWS credentials at hand; AWS_REGION, else us-east-1, is asked which regions there are." +
      "\nRegions that the account has not opted in to are listed without zones: they would refuse to answer." +
      "\nExit codes: 0 done, 1 a region did not answer (the others are listed), 2 not possible.",
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .showHelpAfterError("(--help shows what is possible)")
  .action(
    act(async ({ region, all }: Options) => {
      const regions = await readRegions({ names: region, allZones: all });
      const complete = regions.every(({ error }) => error === undefined);
      return { json: { regions }, text: regionsTable(regions), exitCode: complete ? EXIT.ok : EXIT.failed };
    }),
  )
  .parseAsync();
