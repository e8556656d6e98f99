import type { Metrics } from "../cloudwatch/metrics";
import type { Meters } from "../cloudwatch/meters";
import type { Log } from "../log";
import type { AutoScaler } from "./auto-scaler";

const minuteMs = 60_000;

export interface ScalingLoopOptions {
  readonly metrics: Metrics;
  readonly meters: Meters;
  readonly scaler: AutoScaler;
  /** The time at which the first minute begins, milliseconds since 1970 */
  readonly start: number;
  /** How much faster time passes */
  readonly timeFactor: number;
  readonly log: Log;
}

/** Measures, evaluates and scales once a minute, or so much more often as time passes faster. */
export class ScalingLoop {
  private timer: NodeJS.Timeout | undefined;
  private minute = 0;
  private stopped = false;
  private working = Promise.resolve();

  constructor(private readonly options: ScalingLoopOptions) {}

  /** Begins the first minute. */
  run(): void {
    const { start, timeFactor } = this.options;
    const realMinuteMs = minuteMs / timeFactor;
    // Minutes that a busy machine has missed are left out: their data points are missing, as they would be on AWS.
    this.minute = Math.max(this.minute + 1, Math.floor((Date.now() - start) / realMinuteMs));
    const due = start + this.minute * realMinuteMs;
    this.timer = setTimeout(
      () => {
        this.working = this.work(start + this.minute * minuteMs);
      },
      Math.max(due - Date.now(), 0),
    );
  }

  /** Ends after the minute that it is working on. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.working;
  }

  private async work(now: number): Promise<void> {
    const { metrics, meters, scaler, log } = this.options;
    try {
      for (const measurement of await meters.read(metrics.all)) metrics.add(measurement, now);
      if (!this.stopped) scaler.step(now);
    } catch (error) {
      // The next minute is another chance; a minute without data is nothing unheard of.
      if (!this.stopped) log(`scaling: ${(error as Error).message}`);
    }
    if (!this.stopped) this.run();
  }
}
