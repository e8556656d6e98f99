const BAR = 24;
/** Seconds between two lines where nothing can be drawn anew in place. */
const LINE_EVERY = 5;

/** Shows each look at a running test: one line that changes in a terminal, else a line every few seconds. */
export class LiveView {
  private lastLine = -Infinity;

  constructor(private readonly stream: Pick<NodeJS.WriteStream, "isTTY" | "columns" | "write">) {}

  /**
   * @param at seconds since the test began
   * @param describe called only when a line is due
   */
  show(at: number, describe: () => string): void {
    const { stream } = this;
    if (!stream.isTTY && at < this.lastLine + LINE_EVERY) return;
    this.lastLine = at;
    const text = `${at.toFixed(0).padStart(4)} s  ${describe()}`;
    // A line that wraps could not be drawn anew in place.
    stream.write(stream.isTTY ? `\r\u001b[2K${text.slice(0, Math.max(1, (stream.columns || 200) - 1))}` : `${text}\n`);
  }

  /** Leaves the last line where it is. */
  end(): void {
    if (this.stream.isTTY) this.stream.write("\n");
  }
}

/** A bar that is filled by a share from 0 to 1. */
export function bar(share: number): string {
  const filled = Math.min(BAR, Math.ceil(share * BAR));
  return "█".repeat(filled) + "·".repeat(BAR - filled);
}
