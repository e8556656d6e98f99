import type { Sent } from "./sender";

/** This can never be photographed, by its spelling alone. */
export class InvalidUrlError extends Error {
  override readonly name = "InvalidUrlError";

  /** @param what of the URL may be shown: not all of a long one, and no password */
  constructor(what: string, why: string) {
    super(`${JSON.stringify(what)} can never be photographed: ${why}`);
  }
}

/** Some messages are in the queue and get worked on; of others that is not known. Sending those again does no harm. */
export class NotSentError extends Error {
  override readonly name = "NotSentError";

  constructor(
    readonly sent: readonly Sent[],
    readonly notSent: readonly Sent[],
    why: string,
    options?: ErrorOptions,
  ) {
    const all = sent.length + notSent.length;
    super(`${notSent.length} of ${all} messages could not be sent: ${why}`, options);
  }
}

/** Time is up. The picture may still come: nothing is taken back. */
export class TimedOutError extends Error {
  override readonly name = "TimedOutError";

  constructor(
    readonly id: string,
    timeoutMs: number,
    /** Whether S3 answered AccessDenied, which is what it says of a missing object to who may not list the bucket. */
    readonly denied: boolean,
  ) {
    const seconds = Math.round(timeoutMs / 100) / 10;
    super(
      denied
        ? `S3 has answered AccessDenied for ${seconds} s. Either nothing is there yet, which s3:ListBucket on the bucket would ` +
            "tell, or s3:GetObject on its objects is not allowed"
        : `neither a picture nor a failure after ${seconds} s. It may still come; is a worker running?`,
    );
  }
}
