import type { Logger } from "../../shared/logger";
import type { NetworkLimits } from "./limits";
import { isFailure, Refused, type LimitReason, type Refusal, type Verdict } from "./refusal";

/** Refusals that are kept and logged; a page can cause any number of them. */
const MAX_NOTED = 100;

/** What a passage has taken so far, and the end of it when that is too much. */
export class Budget {
  readonly refusals: Refusal[] = [];
  private readonly lastByTarget = new Map<string, Refusal>();
  private readonly controller = new AbortController();
  private readonly lifetime: NodeJS.Timeout;
  private requestCount = 0;
  private byteCount = 0;
  private limit: Verdict | undefined;

  /** Time runs from now on. */
  constructor(
    private readonly limits: NetworkLimits,
    private readonly logger: Pick<Logger, "info" | "debug">,
  ) {
    this.lifetime = setTimeout(() => {
      this.end("took-too-long", `The page was still loading after ${limits.lifetimeMs / 1000} seconds.`);
    }, limits.lifetimeMs).unref();
  }

  get requests(): number {
    return this.requestCount;
  }

  get bytes(): number {
    return this.byteCount;
  }

  get verdict(): Verdict | undefined {
    return this.limit;
  }

  /** Aborted with the verdict. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  takeRequest(): void {
    this.requestCount++;
    if (this.requestCount <= this.limits.requests) return;
    this.end("too-many-requests", `The page made more than ${this.limits.requests} requests.`);
  }

  takeBytes(count: number): void {
    this.byteCount += count;
    if (this.byteCount <= this.limits.bytes) return;
    this.end("too-many-bytes", `The page moved more than ${this.limits.bytes} bytes.`);
  }

  /** The verdict as a refusal of one request. */
  refusedByVerdict(target: string): Refused | undefined {
    return this.limit && new Refused(this.limit.reason, this.limit.message, target);
  }

  /** Keeps a refusal. What is refused by the verdict is not kept: the verdict says it. */
  note({ reason, message, target }: Refusal): void {
    if (this.limit || this.refusals.length >= MAX_NOTED) return;
    const refusal = { reason, message, target };
    this.refusals.push(refusal);
    this.lastByTarget.set(target, refusal);
    if (isFailure(reason)) this.logger.debug(refusal, "a request of a page failed");
    else this.logger.info(refusal, "a request of a page was refused");
  }

  lastRefusalOf(target: string): Refusal | undefined {
    return this.lastByTarget.get(target);
  }

  /** Time runs no more. */
  close(): void {
    clearTimeout(this.lifetime);
  }

  private end(reason: LimitReason, message: string): void {
    if (this.limit) return;
    this.limit = { reason, message };
    this.logger.info(this.limit, "a page reached a limit of the network");
    this.controller.abort(this.limit);
  }
}
