import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { Command } from "commander";
import { bakeCommand } from "../../tools/release/commands/bake";
import { changedCommand as releaseChangedCommand } from "../../tools/release/commands/changed";
import { deployCommand } from "../../tools/release/commands/deploy";
import { planCommand } from "../../tools/release/commands/plan";
import { pruneCommand } from "../../tools/release/commands/prune";
import { publishCommand } from "../../tools/release/commands/publish";
import { withdrawCommand } from "../../tools/release/commands/withdraw";
import { validateCommand, workflowsCommand } from "../../tools/review/commands/checks";
import { driftCommand, issueCommand } from "../../tools/review/commands/drift";
import { commentCommand, markdownCommand, prepareCommand, textCommand } from "../../tools/review/commands/plans";
import { changedCommand, scopeCommand, stacksCommand } from "../../tools/review/commands/stacks";
import { jobs, root } from "./support/workflows";

const COMMANDS: Readonly<Record<string, readonly Command[]>> = {
  release: [
    bakeCommand,
    releaseChangedCommand,
    deployCommand,
    planCommand,
    pruneCommand,
    publishCommand,
    withdrawCommand,
  ],
  review: [
    changedCommand,
    commentCommand,
    driftCommand,
    issueCommand,
    markdownCommand,
    prepareCommand,
    scopeCommand,
    stacksCommand,
    textCommand,
    validateCommand,
    workflowsCommand,
  ],
};

const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };

/** Every `npm run …` of the workflows: the job, the script, and what follows after `--`. */
const calls = jobs.flatMap(({ name, steps }) =>
  steps
    .flatMap(({ run }) => [
      ...(run ?? "").matchAll(/npm run (?:--silent )?(?<script>[\w:-]+)(?: -- (?<args>[^>\n]*))?/g),
    ])
    .map(({ groups }) => ({ name, script: groups?.script ?? "", args: groups?.args?.trim() ?? "" })),
);

describe.each(calls)("in $name, npm run $script $args", ({ script, args }) => {
  it("is a script of the project", () => {
    expect(Object.keys(scripts)).toContain(script);
  });

  const commands = COMMANDS[script];
  if (commands === undefined) return;

  it("is a command that there is, with options that it has", () => {
    const [name = "", ...rest] = args.match(/"[^"]*"|\S+/g) ?? [];
    const command = commands.find((one) => one.name() === name);
    expect(command?.name()).toBe(name);
    const known = command?.options.flatMap(({ long }) => long ?? []) ?? [];
    expect(known).toEqual(expect.arrayContaining(rest.filter((word) => word.startsWith("--"))));
    const given = new Set(rest);
    expect(command?.options.filter(({ mandatory, long }) => mandatory && !given.has(long ?? ""))).toEqual([]);
  });
});

it("found the commands", () => {
  expect(calls.length).toBeGreaterThan(15);
});
