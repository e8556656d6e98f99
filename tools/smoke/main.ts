import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { z } from "zod";
import { act, say } from "../release/command";
import { RefusedError } from "../release/errors";
import { smokeTestOf, TESTED_STACKS } from "./smoke-tests";

interface Options {
  readonly url?: string;
  readonly deployment?: string;
  readonly timeout: number;
}

// A hint about Node versions that whoever tries a stack did not ask for.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

await new Command("npm run smoke --")
  .description("Does once with a deployed stack what its users do: the last step of a release.")
  .argument("<stack>", `stack of stacks/ (${TESTED_STACKS.join(", ")})`)
  .option("--url <url>", "the stack's output `url`; of url2png, the page that is photographed")
  .option("--deployment <file>", "or what `npm run release -- deploy --json` has printed")
  .option("--timeout <seconds>", "time for all of it", seconds, 120)
  .option("--json", "print the result as JSON")
  .addHelpText(
    "after",
    "\nurl2png is found by QUEUE_URL and BUCKET; with ADMIN_PASSWORD, the admin of Jenkins or WordPress logs in.\nExit codes: 0 works, 1 does not, 2 could not be tried.",
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .showHelpAfterError("(--help shows what is possible)")
  .action(
    act(async (stack: string, { url, deployment, timeout }: Options) => {
      const test = smokeTestOf(stack);
      const target = url ?? urlOf(deployment);
      await test(target, { deadline: Date.now() + timeout * 1000, say });
      return {
        json: { stack, url: target, works: true },
        text: `${stack} works${target === undefined ? "" : `: ${target}`}`,
      };
    }),
  )
  .parseAsync();

function urlOf(deployment: string | undefined): string | undefined {
  if (deployment === undefined) return undefined;
  try {
    return z.object({ url: z.url() }).parse(JSON.parse(readFileSync(deployment, "utf8"))).url;
  } catch (error) {
    throw new RefusedError(`${deployment} does not say the stack's URL: ${(error as Error).message}`);
  }
}

function seconds(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("It must be a number above 0.");
}
