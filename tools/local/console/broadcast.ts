import type { ServerResponse } from "node:http";
import type { Log } from "../log";

/** A viewer that reads so slowly misses what comes next rather than filling this program's memory. */
const maxUnreadBytes = 4 * 1024 * 1024;
/** After so many intervals without an answer the viewers are told. */
const patience = 5;

/**
 * Shows everyone who watches the same thing as a stream of server-sent events. It is looked at once for all of them, and not
 * at all while nobody watches. Events: `view` (what was seen), `trouble` (why it cannot be seen), `end` (no more will come).
 */
export class Broadcast {
  private readonly viewers = new Set<ServerResponse>();
  private timer: NodeJS.Timeout | undefined;
  /** Intervals that the present look has taken so far; undefined when none is under way. */
  private waited: number | undefined;
  private latest: string | undefined;
  private troubled = false;

  /**
   * @param look what is sent, as JSON
   * @param intervalMs from one look to the next
   */
  constructor(
    private readonly look: () => Promise<unknown>,
    private readonly intervalMs: number,
    private readonly log: Log,
  ) {}

  /** How many watch. */
  get size(): number {
    return this.viewers.size;
  }

  /** Lets a response become a stream, until its client goes away. */
  add(response: ServerResponse): void {
    response.writeHead(200, { "Content-Type": "text/event-stream", Connection: "close" });
    response.write(this.latest ?? ": nothing seen yet\n\n");
    this.viewers.add(response);
    response.once("close", () => {
      this.remove(response);
    });
    if (this.timer !== undefined) return;
    this.timer = setInterval(() => void this.tick(), this.intervalMs);
    void this.tick();
  }

  /** Says to all viewers that no more will come, and ends their streams. */
  close(): void {
    this.send("end", {});
    for (const viewer of this.viewers) {
      viewer.end();
      this.remove(viewer);
    }
  }

  private remove(viewer: ServerResponse): void {
    this.viewers.delete(viewer);
    if (this.viewers.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
    this.latest = undefined;
  }

  private async tick(): Promise<void> {
    if (this.waited !== undefined) {
      this.waited += 1;
      if (this.waited === patience) this.trouble("the stack does not answer");
      return;
    }
    this.waited = 0;
    try {
      const seen = await this.look();
      this.latest = this.send("view", seen);
      this.troubled = false;
    } catch (error) {
      this.trouble(error instanceof Error ? error.message : String(error));
    } finally {
      this.waited = undefined;
    }
  }

  private trouble(message: string): void {
    if (!this.troubled) this.log(`console: ${message}`);
    this.troubled = true;
    this.send("trouble", { message });
  }

  private send(event: "view" | "trouble" | "end", data: unknown): string | undefined {
    if (this.viewers.size === 0) return undefined;
    // JSON has no line breaks of its own, so it is one line of the event.
    const message = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    for (const viewer of this.viewers) if (viewer.writableLength < maxUnreadBytes) viewer.write(message);
    return message;
  }
}
