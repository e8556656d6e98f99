import { run, type RunOptions, type RunResult } from "../process";

const INSTALL = "Terraform 1.11 or newer is needed: https://developer.hashicorp.com/terraform/install";

export interface TerraformOptions {
  /** Takes what Terraform prints, as it comes */
  readonly show: (chunk: string) => void;
}

/** Terraform in the folder of one synthesized stack. `TERRAFORM_BINARY_NAME` names another program, as for `cdktf`. */
export class Terraform {
  readonly #binary = process.env.TERRAFORM_BINARY_NAME ?? "terraform";

  constructor(
    private readonly folder: string,
    private readonly options: TerraformOptions,
  ) {}

  /** Downloads the provider and connects to the state, whichever environment the folder was used for before. */
  async init(signal?: AbortSignal): Promise<void> {
    await this.#run(["init", "-input=false", "-no-color", "-reconfigure"], { signal });
  }

  /**
   * Writes a plan to a file.
   * @param lock whether to hold the state's lock meanwhile; a role that may not write cannot
   * @returns whether it changes anything
   */
  async plan(file: string, lock: boolean, signal?: AbortSignal): Promise<boolean> {
    const args = ["plan", "-input=false", "-no-color", "-detailed-exitcode", `-lock=${lock}`, "-lock-timeout=60s"];
    // 2 means: there are changes.
    const { exitCode } = await this.#run([...args, `-out=${file}`], { signal, success: [0, 2] });
    return exitCode === 2;
  }

  async showJson(file: string): Promise<unknown> {
    const { stdout } = await this.#run(["show", "-json", file]);
    return JSON.parse(stdout) as unknown;
  }

  async showText(file: string): Promise<string> {
    const { stdout } = await this.#run(["show", "-no-color", file]);
    return stdout;
  }

  /** Makes the changes of a plan, those and no others: Terraform refuses a plan that is older than the state. */
  async apply(file: string, signal?: AbortSignal): Promise<void> {
    const { show } = this.options;
    await this.#run(["apply", "-input=false", "-no-color", "-lock-timeout=60s", file], { signal, show });
  }

  /** The values of the stack's outputs. */
  async outputs(): Promise<Record<string, unknown>> {
    const { stdout } = await this.#run(["output", "-json"]);
    const outputs = JSON.parse(stdout) as Record<string, { readonly value: unknown }>;
    return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
  }

  #run(args: readonly string[], options: Pick<RunOptions, "signal" | "success" | "show"> = {}): Promise<RunResult> {
    return run(this.#binary, args, {
      cwd: this.folder,
      env: { TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1" },
      install: INSTALL,
      ...options,
    });
  }
}
