import { Command } from "commander";
import { act, say } from "../../release/command";
import { EXIT } from "../../release/errors";

export const validateCommand = new Command("validate")
  .description("Runs `terraform validate` on every stack of every environment; no credentials are needed.")
  .option("--json", "print the result as JSON")
  .action(
    act(async () => {
      const { validateStacks } = await import("../validate");
      const results = await validateStacks(({ stack, environment, problem }) => {
        say(problem === undefined ? `${stack} ${environment} is valid` : `${stack} ${environment}: ${problem}`);
      });
      const wrong = results.filter(({ problem }) => problem !== undefined);
      return {
        json: results.map(({ problem = null, ...rest }) => ({ ...rest, problem })),
        text:
          wrong.length === 0 ? `all ${results.length} are valid` : `${wrong.length} of ${results.length} are not valid`,
        exitCode: wrong.length === 0 ? EXIT.ok : EXIT.failed,
      };
    }),
  );

export const workflowsCommand = new Command("workflows")
  .description("Lints .github/workflows with actionlint.")
  .option("--json", "print the result as JSON")
  .action(
    act(async () => {
      const { lintWorkflows, workflowFiles } = await import("../actionlint");
      const files = workflowFiles(process.cwd());
      const problems = await lintWorkflows(process.cwd(), files);
      const lines = problems.map(
        ({ file, line, column, message, kind }) => `${file}:${line}:${column}: ${message} [${kind}]`,
      );
      return {
        json: problems,
        text: problems.length === 0 ? `${files.length} workflows, nothing to say` : lines.join("\n"),
        exitCode: problems.length === 0 ? EXIT.ok : EXIT.failed,
      };
    }),
  );
