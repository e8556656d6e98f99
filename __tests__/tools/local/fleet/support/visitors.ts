import { setTimeout as sleep } from "node:timers/promises";

/** Visitors who ask one after the other without a pause, and what became of their requests. */
export class Visitors {
  sent = 0;
  readonly failed: string[] = [];
  /** The answers' bodies, each once */
  readonly answers = new Set<string>();
  private readonly leaving = new AbortController();
  private readonly visits: Promise<void>[];

  /** @param url what they ask for; anything but 200 is a failure, and nobody asks again */
  constructor(
    private readonly url: string,
    count = 4,
  ) {
    this.visits = Array.from({ length: count }, () => this.visit());
  }

  /** Lets everybody finish and go. */
  async leave(): Promise<void> {
    this.leaving.abort();
    await Promise.all(this.visits);
  }

  private async visit(): Promise<void> {
    while (!this.leaving.signal.aborted) {
      this.sent += 1;
      try {
        const response = await fetch(this.url);
        const body = await response.text();
        if (response.status === 200) this.answers.add(body);
        else this.failed.push(`${response.status} ${body}`);
      } catch (error) {
        this.failed.push(String((error as Error).cause ?? error));
      }
      await sleep(5);
    }
  }
}
