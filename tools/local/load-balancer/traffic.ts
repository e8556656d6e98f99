/** What a load balancer counted in a minute. */
export interface Traffic {
  /** Requests that reached a target */
  readonly requests: number;
  /** The targets' answers by the first digit of their status: "2", "3", "4", "5" */
  readonly answers: Readonly<Record<string, number>>;
  /** 5xx answers of the load balancer's own: no target, a target that broke off or did not answer */
  readonly ownErrors: number;
  /** Seconds from a request to a target until its answer began */
  readonly responseTimes: readonly number[];
}

/** Counts the requests of a load balancer. */
export class TrafficCounter {
  private answers: Record<string, number> = {};
  private ownErrors = 0;
  private requests = 0;
  private responseTimes: number[] = [];

  /** A target has answered. */
  answered(status: number, seconds: number): void {
    const kind = String(status).slice(0, 1);
    this.requests += 1;
    this.answers[kind] = (this.answers[kind] ?? 0) + 1;
    this.responseTimes.push(seconds);
  }

  /** The load balancer has answered by itself. @param reachedTarget whether a target had got the request */
  failed(reachedTarget: boolean): void {
    this.ownErrors += 1;
    if (reachedTarget) this.requests += 1;
  }

  /** What was counted since the last time. */
  take(): Traffic {
    const { requests, answers, ownErrors, responseTimes } = this;
    this.answers = {};
    this.ownErrors = 0;
    this.requests = 0;
    this.responseTimes = [];
    return { requests, answers, ownErrors, responseTimes };
  }
}
