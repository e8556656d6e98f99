import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FailedError, RefusedError } from "../release/errors";
import { type StackPlan, stackPlanSchema } from "./plan/model";
import { readPlan } from "./plan/read-plan";

/** Files that `npm run release -- plan` writes: `<stack>.<environment>.json`, and the same as text beside it. */
const PLAN = /^(?<stack>[\w-]+)\.(?<environment>[\w-]+)\.json$/;
/** Files that are safe to keep: the model of a plan, without its secrets. */
const REVIEW = ".review.json";

/**
 * Reads every plan of a folder, in the order of their names: those that `release plan` has written, and those that were prepared for
 * review.
 * @throws RefusedError when the folder does not exist
 */
export function readPlans(folder: string): StackPlan[] {
  if (!existsSync(folder)) throw new RefusedError(`there is no folder ${folder}`);
  const files = readdirSync(folder).sort();
  return files.flatMap((file) => {
    if (file.endsWith(REVIEW)) return [readReview(join(folder, file))];
    return PLAN.test(file) ? [readPlanFile(folder, file)] : [];
  });
}

/**
 * Writes the plans of a folder as models into another. A plan file and its JSON hold secrets in clear text; a model does not, and may
 * be kept where everybody who reads the repository can see it.
 */
export function writeReviews(folder: string, out: string): string[] {
  mkdirSync(out, { recursive: true });
  return readPlans(folder).map((plan) => {
    const file = join(out, `${plan.stack}.${plan.environment}${REVIEW}`);
    writeFileSync(file, JSON.stringify(plan));
    return file;
  });
}

function readPlanFile(folder: string, file: string): StackPlan {
  const { stack = "", environment = "" } = PLAN.exec(file)?.groups ?? {};
  const text = join(folder, `${stack}.${environment}.txt`);
  return readPlan(parse(join(folder, file)), {
    stack,
    environment,
    text: existsSync(text) ? readFileSync(text, "utf8") : undefined,
  });
}

function readReview(file: string): StackPlan {
  const result = stackPlanSchema.safeParse(parse(file));
  if (result.success) return result.data;
  throw new FailedError(`${file} is not what \`npm run review -- prepare\` writes: ${result.error.message}`);
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as unknown;
  } catch (error) {
    throw new FailedError(`${file} is not JSON: ${(error as Error).message}`);
  }
}
