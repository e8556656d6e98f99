/** What is refused whenever it is tried: trying again cannot help. */
export type PolicyReason =
  | "invalid-url"
  | "scheme-not-allowed"
  | "credentials-in-url"
  | "port-not-allowed"
  | "address-not-allowed"
  | LimitReason;

/** The limits of a passage: each of them ends it. */
export type LimitReason = "too-many-requests" | "too-many-bytes" | "took-too-long";

/** What did not work this time. A name that does not exist may exist tomorrow, a server that is down may be up again. */
export type FailureReason =
  | "name-not-found"
  | "name-not-resolved"
  | "connection-failed"
  | "timeout"
  | "invalid-response"
  | "too-many-connections";

/** Why a request was not carried out. */
export interface Refusal {
  /** A code for programs. */
  readonly reason: PolicyReason | FailureReason;
  /** A sentence for people. Names no address that a name resolved to: that is nobody's business who chooses the name. */
  readonly message: string;
  /** Where the request wanted to go: name and port, such as `example.org:443`; what was asked for, where it names neither. */
  readonly target: string;
}

/** The limit that ended a passage. */
export interface Verdict {
  readonly reason: LimitReason;
  readonly message: string;
}

/** Header of the proxy's own answers with the reason in it; taken out of every page's answers, so that no page can pretend. */
export const REFUSAL_HEADER = "x-url2png-refusal";

const FAILURES: ReadonlySet<string> = new Set<FailureReason>([
  "name-not-found",
  "name-not-resolved",
  "connection-failed",
  "timeout",
  "invalid-response",
  "too-many-connections",
]);

/** Whether another try may end better. */
export function isFailure(reason: Refusal["reason"]): reason is FailureReason {
  return FAILURES.has(reason);
}

/** A refusal on its way to whoever answers the browser. */
export class Refused extends Error implements Refusal {
  constructor(
    readonly reason: Refusal["reason"],
    message: string,
    readonly target: string,
  ) {
    super(message);
  }
}
