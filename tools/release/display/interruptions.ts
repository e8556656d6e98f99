import type { Decision, Interruption } from "../rollout/watch";
import { question } from "./question";
import { onSignals } from "./signals";

/** npm, tsx and the terminal may each deliver the same Ctrl-C. */
const SAME_SIGNAL_MS = 700;

/** What the answer to the question begins with. */
const DECISIONS: Readonly<Record<string, Decision>> = { c: "cancel", k: "watch", l: "leave" };

export interface InterruptionOptions {
  /** Whether somebody is there to answer; without, an interruption leaves the roll-out to AWS. */
  readonly interactive: boolean;
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Makes room for the question */
  readonly pause: () => Promise<void>;
}

/**
 * Ctrl-C, SIGTERM and SIGHUP while something is deployed. The first one is answered where the deployment can be; a second one
 * before that asks the running program (Terraform) to end.
 */
export class Interruptions implements Interruption {
  #first = new AbortController();
  readonly #urgent = new AbortController();
  #last = 0;
  readonly #stopListening: () => void;

  constructor(private readonly options: InterruptionOptions) {
    this.#stopListening = onSignals(() => {
      this.#onSignal();
    });
  }

  get signal(): AbortSignal {
    return this.#first.signal;
  }

  /** Aborted by a second signal */
  get urgent(): AbortSignal {
    return this.#urgent.signal;
  }

  async ask(): Promise<Decision> {
    const { interactive, input, output, pause } = this.options;
    await pause();
    if (!interactive) return "leave";
    try {
      for (;;) {
        const answer = await question(
          "Instances are being replaced. [c]ancel and roll back, [k]eep watching, or [l]eave it running? ",
          { input, output },
        );
        if (answer === undefined) return "leave";
        const decision = DECISIONS[answer.charAt(0).toLowerCase()];
        if (decision) return decision;
      }
    } finally {
      this.#first = new AbortController();
    }
  }

  /** Lets signals end the program again. */
  close(): void {
    this.#stopListening();
  }

  #onSignal(): void {
    const now = Date.now();
    if (now - this.#last < SAME_SIGNAL_MS) return;
    this.#last = now;
    if (this.#first.signal.aborted) {
      this.#urgent.abort();
      return;
    }
    this.options.output.write(
      "\ninterrupted: waiting for a moment at which that is safe; once more interrupts Terraform\n",
    );
    this.#first.abort();
  }
}
