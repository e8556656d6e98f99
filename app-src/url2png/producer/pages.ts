import type { Destination } from "./destination";
import { NotSentError, TimedOutError } from "./errors";
import type { Sent, Url2Png } from "./url2png";

/** A page and what has become of it so far, as `--json` prints it. */
export interface Page {
  readonly id: string;
  readonly url: string;
  /** Where the picture is, or will be. */
  readonly location: string;
  readonly state: "sent" | "photographed" | "failed" | "timed-out";
  /** The file that it was saved to. */
  readonly file?: string;
  /** Why there is no picture: a code, and a sentence. */
  readonly reason?: string;
  readonly message?: string;
}

export interface FollowOptions {
  /** Milliseconds for all of it. */
  readonly timeoutMs: number;
  /** Where pictures are saved. Default: they stay where they are. */
  readonly destination: Destination | undefined;
  /** Told of each page that has come to an end. */
  readonly onEnd: (page: Page) => void;
}

/** The pages of one call of the command, which knows at any time what has become of them. */
export class Pages {
  private readonly byId = new Map<string, Page>();

  constructor(
    private readonly url2png: Url2Png,
    private readonly signal: AbortSignal,
  ) {}

  get all(): readonly Page[] {
    return [...this.byId.values()];
  }

  /** @throws as `Url2Png.sendMany` does; what was sent until then is known */
  async send(urls: readonly string[]): Promise<void> {
    try {
      this.add(await this.url2png.sendMany(urls, this.signal));
    } catch (error) {
      if (error instanceof NotSentError) this.add(error.sent);
      throw error;
    }
  }

  /**
   * Waits for all of them, and saves the pictures. One that cannot be saved is no reason to leave the others.
   * @throws the first of the errors, once all have come to an end
   */
  async follow(options: FollowOptions): Promise<void> {
    const ends = await Promise.allSettled(
      this.all.map(async (page) => {
        const ended: Page = { ...page, ...(await this.end(page.id, options)) };
        this.byId.set(page.id, ended);
        options.onEnd(ended);
      }),
    );
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }

  private async end(id: string, { timeoutMs, destination }: FollowOptions): Promise<Partial<Page>> {
    try {
      const result = await this.url2png.wait(id, { timeoutMs, signal: this.signal });
      if (result.kind === "failure") {
        const { reason, message } = result.document;
        return { state: "failed", reason, message };
      }
      const file = await destination?.save(id, result.body);
      return { state: "photographed", ...(file !== undefined && { file }) };
    } catch (error) {
      if (!(error instanceof TimedOutError)) throw error;
      return { state: "timed-out", message: error.message };
    }
  }

  private add(sent: readonly Sent[]): void {
    for (const { id, url, location } of sent) this.byId.set(id, { id, url, location, state: "sent" });
  }
}
