import { bar } from "./live-view";
import type { Sample } from "./load-test";

/** A look at a queue and its fleet in one line. It remembers the looks that it has described: the largest backlog, and the last. */
export class BacklogLine {
  private most = 1;
  private before: Sample | undefined;

  /** @param total messages that were sent */
  describe(sample: Sample, total: number): string {
    const { at, visible, inFlight, fleet, done } = sample;
    const backlog = visible + inFlight;
    this.most = Math.max(this.most, backlog);
    const { at: since, done: then } = this.before ?? sample;
    const rate = at > since ? (done - then) / (at - since) : 0;
    this.before = sample;
    return (
      `backlog ${bar(backlog / this.most)} ${String(backlog).padStart(4)}` +
      `  fleet ${fleet.inService} of ${fleet.desired} (${fleet.min}..${fleet.max})  done ${done} of ${total} (${rate.toFixed(1)}/s)`
    );
  }
}
