import type { Logger } from "../../shared/logger";
import { Chromium, StartError, type ChromiumOptions } from "./chromium";

/** Whether Chromium has to be in its sandbox, or may do without, with a warning, where the machine has none to offer. */
export type SandboxMode = "auto" | "required";

const HOW_TO_GET_IT =
  "run the worker as a user other than root, on a Linux that lets users have user namespaces" +
  " (user.max_user_namespaces above 0; on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0)";

/** Starts Chromium once and again, in its sandbox wherever there is one. */
export class ChromiumStarter {
  private sandbox = true;

  constructor(
    private readonly options: Omit<ChromiumOptions, "sandbox">,
    private readonly mode: SandboxMode,
    private readonly logger: Logger,
  ) {}

  /** @throws StartError when it does not start, or not in the sandbox that is required */
  async start(): Promise<Chromium> {
    try {
      return await Chromium.start({ ...this.options, sandbox: this.sandbox });
    } catch (error) {
      if (!this.sandbox || !(error instanceof StartError)) throw error;
      const cause = causeIn(error.output);
      if (cause === undefined) throw error;
      if (this.mode === "required") {
        throw new Error(`Chromium has no sandbox here, and one is required: ${cause}. To get it, ${HOW_TO_GET_IT}`, {
          cause: error,
        });
      }
      // Without it a page that breaks out of its process is the worker's user. It will not come back while this process runs.
      this.logger.warn({ cause }, `Chromium runs WITHOUT its sandbox. To get it, ${HOW_TO_GET_IT}`);
      this.sandbox = false;
      return Chromium.start({ ...this.options, sandbox: false });
    }
  }
}

/** The line in which Chromium says that it cannot have its sandbox. */
function causeIn(output: string): string | undefined {
  const line = output.split("\n").find((text) => /sandbox|namespace/i.test(text));
  // Without the date, process and place in the source that stand before it.
  return line?.replace(/^\[[^\]]*\]\s*/, "").trim();
}
