import type { DeploymentLog } from "../rollout/deployment";
import type { GroupProgress } from "../rollout/judge";

/** A deployment's log that can make room for a question. */
export interface PausableLog extends DeploymentLog {
  /** Ends what is drawn anew; the next progress begins it again. */
  pause(): Promise<void>;
}

/** What is said of a group, in one line. */
export function describeProgress({ group, state, percentage, ready, old, desired, reason }: GroupProgress): string {
  const count = `${percentage} %, ${ready} of ${desired} new in service${old > 0 ? `, ${old} old` : ""}`;
  return `${group}: ${state === "waiting" ? "" : `${state}, `}${count}${reason === undefined ? "" : ` (${reason})`}`;
}

/** A line whenever something changes: for pipelines and files. */
export class PlainLog implements PausableLog {
  readonly #started = Date.now();
  readonly #last = new Map<string, string>();

  constructor(private readonly write: (text: string) => void) {}

  step(text: string): void {
    this.#last.clear();
    this.#line(text);
  }

  warn(text: string): void {
    this.#line(`warning: ${text}`);
  }

  progress(groups: readonly GroupProgress[]): void {
    for (const progress of groups) {
      const text = describeProgress(progress);
      if (this.#last.get(progress.group) === text) continue;
      this.#last.set(progress.group, text);
      this.#line(`  ${text}`);
    }
  }

  pause(): Promise<void> {
    return Promise.resolve();
  }

  #line(text: string): void {
    const seconds = ((Date.now() - this.#started) / 1000).toFixed(1).padStart(6);
    this.write(`${seconds}s ${text}\n`);
  }
}
