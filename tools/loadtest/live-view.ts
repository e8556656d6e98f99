import type { Sample } from "./load-test";

const BAR = 24;
/** Seconds between two lines where nothing can be drawn anew in place. */
const LINE_EVERY = 5;

/** Shows each look: one line that changes in a terminal, else a line every few seconds. */
export class LiveView {
  private most = 1;
  private lastLine = -Infinity;
  private before: Sample | undefined;

  constructor(private readonly stream: NodeJS.WriteStream) {}

  show(sample: Sample, total: number): void {
    if (!this.stream.isTTY && sample.at < this.lastLine + LINE_EVERY) return;
    const text = this.describe(sample, total);
    this.before = sample;
    this.lastLine = sample.at;
    this.stream.write(this.stream.isTTY ? `\r\u001b[2K${text}` : `${text}\n`);
  }

  /** Leaves the last line where it is. */
  end(): void {
    if (this.stream.isTTY) this.stream.write("\n");
  }

  private describe({ at, visible, inFlight, fleet, done }: Sample, total: number): string {
    const backlog = visible + inFlight;
    this.most = Math.max(this.most, backlog);
    const filled = Math.ceil((backlog / this.most) * BAR);
    const { at: since, done: then } = this.before ?? { at, done };
    const rate = at > since ? (done - then) / (at - since) : 0;
    return (
      `${at.toFixed(0).padStart(4)} s  backlog ${"█".repeat(filled)}${"·".repeat(BAR - filled)} ${String(backlog).padStart(4)}` +
      `  fleet ${fleet.inService} of ${fleet.desired} (${fleet.min}..${fleet.max})  done ${done} of ${total} (${rate.toFixed(1)}/s)`
    );
  }
}
