import { existsSync, readFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { z } from "zod";
import { act } from "../../release/command";
import { RefusedError } from "../../release/errors";
import { commentPlans, elsewhere } from "../comment-plans";
import { repositoryOfWorkflow, runUrl, WORKFLOW_AUTHOR } from "../github/repository";
import { codeBlock } from "../markdown/escape";
import { JOB_SUMMARY_LIMIT, report } from "../markdown/report";
import type { MissingPlan } from "../markdown/summary";
import { readPlans, writeReviews } from "../reviews";

interface PrepareOptions {
  readonly out: string;
}

interface CommentOptions {
  readonly pullRequest: number;
  readonly expected: readonly MissingPlan[];
  readonly removed: readonly MissingPlan[];
  readonly author: string;
}

export const prepareCommand = new Command("prepare")
  .description("Writes plans without their secrets, for review; a plan file and its JSON hold secrets in clear text.")
  .argument("<folder>", "where `npm run release -- plan` has written its files")
  .requiredOption("--out <folder>", "where <stack>.<environment>.review.json are written")
  .option("--json", "print the result as JSON")
  .action(
    act((folder: string, { out }: PrepareOptions) => {
      const files = writeReviews(folder, out);
      return Promise.resolve({ json: { files }, text: files.join("\n") });
    }),
  );

export const markdownCommand = new Command("markdown")
  .description("Prints plans as Markdown: a summary, then what changes, then the full text, both folded.")
  .argument("<folder>", "with files of `npm run release -- plan` or of `prepare`")
  .option("--json", "print the result as JSON")
  .action(
    act((folder: string) => {
      const markdown = report(readPlans(folder), {
        limit: JOB_SUMMARY_LIMIT,
        elsewhere: elsewhere(runUrl(process.env)),
      });
      return Promise.resolve({ json: { markdown }, text: markdown });
    }),
  );

export const textCommand = new Command("text")
  .description("Prints a text file as Markdown, for a job's summary.")
  .argument("<file>", "whatever a command has printed")
  .requiredOption("--title <title>", "what it is")
  .option("--json", "print the result as JSON")
  .action(
    act((file: string, { title }: { title: string }) => {
      if (!existsSync(file)) throw new RefusedError(`there is no file ${file}`);
      const text = readFileSync(file, "utf8").slice(0, JOB_SUMMARY_LIMIT);
      const markdown = `### ${title}\n\n${codeBlock(text)}`;
      return Promise.resolve({ json: { markdown }, text: markdown });
    }),
  );

export const commentCommand = new Command("comment")
  .description("Keeps one comment with all plans on a pull request; without changes there is none.")
  .argument("<folder>", "with files of `npm run release -- plan` or of `prepare`")
  .requiredOption("--pull-request <number>", "number of the pull request", pullRequestNumber)
  .option("--expected <json>", "stacks that have to have a plan, as `changed` prints them", targets, [])
  .option("--removed <json>", "stacks that are not in the code any more, as `changed` prints them", targets, [])
  .option("--author <login>", "who the comment is from", WORKFLOW_AUTHOR)
  .option("--json", "print the result as JSON")
  .action(
    act(async (folder: string, { pullRequest, expected, removed, author }: CommentOptions) => {
      const plans = readPlans(folder);
      const repository = repositoryOfWorkflow(process.env, author);
      const run = runUrl(process.env);
      const result = await commentPlans(repository, pullRequest, { plans, expected, removed, run });
      return { json: { pullRequest, result }, text: `comment on #${pullRequest}: ${result}` };
    }),
  );

function pullRequestNumber(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a number.");
}

function targets(text: string): MissingPlan[] {
  const name = z.string().regex(/^[\w-]+$/);
  try {
    return z.array(z.object({ stack: name, environment: name })).parse(JSON.parse(text));
  } catch {
    throw new InvalidArgumentError('It must be JSON such as [{"stack":"imagery","environment":"dev"}].');
  }
}
