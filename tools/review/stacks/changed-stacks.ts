import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FailedError, messageOf } from "../../release/errors";
import { withBase } from "./base-checkout";
import { type Synthesis, synthesize } from "./synthesis";

/** A stack in an environment. */
export interface StackTarget {
  readonly stack: string;
  readonly environment: string;
}

/** How the stacks of this checkout differ from those of an earlier commit. */
export interface StackChanges {
  /** Changed and new ones: what can be planned */
  readonly changed: readonly StackTarget[];
  /** Those that are not in this checkout any more. Removing them from the code destroys nothing. */
  readonly removed: readonly StackTarget[];
}

/** Packages that decide what is synthesized from the same code. */
const SYNTHESIZERS = ["cdktf", "constructs", "@cdktf/provider-aws"];

/**
 * Compares what is synthesized here with what an earlier commit synthesizes. When that cannot be told, because the earlier one does
 * not synthesize any more or was made with other versions of CDKTF, every stack counts as changed.
 * @param warn told why it could not be told
 */
export async function changedStacks(
  root: string,
  base: string,
  environments: readonly string[],
  warn: (text: string) => void,
): Promise<StackChanges> {
  return withBase(root, base, async (checkout) => {
    const sameTools = versionsOf(root) === versionsOf(checkout);
    if (!sameTools) warn(`the versions of ${SYNTHESIZERS.join(", ")} have changed: every stack counts as changed`);
    const perEnvironment = [];
    for (const environment of environments) {
      const head = await synthesize(root, environment);
      const before = await synthesizeBase(checkout, environment, warn);
      perEnvironment.push(compare(environment, head, sameTools ? before : new Map(), before));
    }
    return {
      changed: perEnvironment.flatMap(({ changed }) => changed),
      removed: perEnvironment.flatMap(({ removed }) => removed),
    };
  });
}

/** @param base what is compared; @param known every stack that the base has */
function compare(environment: string, head: Synthesis, base: Synthesis, known: Synthesis): StackChanges {
  const target = (stack: string): StackTarget => ({ stack, environment });
  return {
    changed: [...head].filter(([stack, json]) => base.get(stack) !== json).map(([stack]) => target(stack)),
    removed: [...known.keys()].filter((stack) => !head.has(stack)).map(target),
  };
}

async function synthesizeBase(checkout: string, environment: string, warn: (text: string) => void): Promise<Synthesis> {
  try {
    return await synthesize(checkout, environment);
  } catch (error) {
    if (!(error instanceof FailedError)) throw error;
    warn(`every stack of ${environment} counts as changed: the earlier commit's ${messageOf(error)}`);
    return new Map();
  }
}

function versionsOf(checkout: string): string {
  const lock = JSON.parse(readFileSync(join(checkout, "package-lock.json"), "utf8")) as {
    packages: Record<string, { version?: string } | undefined>;
  };
  return SYNTHESIZERS.map((name) => lock.packages[`node_modules/${name}`]?.version).join(" ");
}
