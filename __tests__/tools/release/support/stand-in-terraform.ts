import type { Temporary } from "./temporary";

/** What the stand-in does for one of Terraform's commands. */
export interface Step {
  readonly exit?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  /** Goes on until it is interrupted, as an apply would that waits for AWS */
  readonly hang?: boolean;
}

/** One call of it. */
export interface Call {
  readonly args: readonly string[];
  readonly folder: string;
  readonly automation: string | undefined;
}

/**
 * A program in place of Terraform. What it does for a command stands in a file that is read at each call, and that a test may
 * change at any time; what it was called with is kept. `show -json` is the command `show-json`.
 */
export class StandInTerraform {
  readonly #before = process.env.TERRAFORM_BINARY_NAME;

  private constructor(private readonly files: Temporary) {}

  static async make(files: Temporary, steps: Readonly<Record<string, Step>> = {}): Promise<StandInTerraform> {
    const terraform = new StandInTerraform(files);
    process.env.TERRAFORM_BINARY_NAME = await files.program(
      "bin/terraform",
      `const { appendFileSync, readFileSync } = require("node:fs");
      const args = process.argv.slice(2);
      const call = { args, folder: process.cwd(), automation: process.env.TF_IN_AUTOMATION };
      appendFileSync(${JSON.stringify(files.path("calls"))}, JSON.stringify(call) + "\\n");
      const command = args[0] === "show" && args[1] === "-json" ? "show-json" : args[0];
      const { exit = 0, stdout = "", stderr = "", hang = false } =
        JSON.parse(readFileSync(${JSON.stringify(files.path("steps"))}, "utf8"))[command] ?? {};
      process.on("SIGINT", () => {
        process.stderr.write("Interrupt received. Gracefully shutting down...\\n", () => process.exit(1));
      });
      process.stderr.write(stderr);
      process.stdout.write(stdout);
      if (hang) setInterval(() => undefined, 1000);
      else process.exitCode = exit;`,
    );
    await terraform.does(steps);
    return terraform;
  }

  async does(steps: Readonly<Record<string, Step>>): Promise<void> {
    await this.files.write("steps", JSON.stringify(steps));
  }

  async calls(): Promise<Call[]> {
    return (await this.files.lines("calls")).map((line) => JSON.parse(line) as Call);
  }

  /** The commands that it was called with, without their options. */
  async commands(): Promise<string[]> {
    return (await this.calls()).map(({ args: [command = "", option] }) =>
      option === "-json" ? `${command} -json` : command,
    );
  }

  /** Puts the real one back in its place. */
  restore(): void {
    if (this.#before === undefined) delete process.env.TERRAFORM_BINARY_NAME;
    else process.env.TERRAFORM_BINARY_NAME = this.#before;
  }
}
