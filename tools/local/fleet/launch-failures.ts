/** A launch that came to nothing: the instance was never in service. */
export interface FailedLaunch {
  readonly id: string;
  readonly reason: string;
}

/** Pauses before the next launch after 1, 2, 3, … launches in a row that failed or did not last */
const backOffMs = [0, 500, 1000, 2000, 5000, 10_000, 30_000];
/** How many failed launches are remembered. */
const remembered = 20;

/** The launches of a group that failed, and how long it waits until the next one. */
export class LaunchFailures {
  private readonly newestFirst: FailedLaunch[] = [];
  private inARow = 0;
  private nextLaunchAt = 0;

  /** The newest first */
  get all(): readonly FailedLaunch[] {
    return this.newestFirst;
  }

  /** Whether the pause after the last failure is over */
  get mayLaunch(): boolean {
    return Date.now() >= this.nextLaunchAt;
  }

  remember(failed: FailedLaunch): void {
    this.newestFirst.unshift(failed);
    this.newestFirst.splice(remembered);
  }

  /**
   * Takes note of an instance that ended.
   * @param lasted whether it does not count as a failure
   * @returns milliseconds until the next launch
   */
  pauseAfter(lasted: boolean): number {
    this.inARow = lasted ? 0 : this.inARow + 1;
    const pause = backOffMs[Math.min(this.inARow, backOffMs.length) - 1] ?? 0;
    this.nextLaunchAt = Date.now() + pause;
    return pause;
  }

  /** Starts again from zero, because something else is launched now. */
  forgive(): void {
    this.inARow = 0;
    this.nextLaunchAt = 0;
  }
}
