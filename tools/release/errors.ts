/** Exit codes that a pipeline can tell apart. */
export const EXIT = {
  /** Done */
  ok: 0,
  /** It failed; what it had begun was taken back */
  failed: 1,
  /** It was not possible; nothing was changed */
  refused: 2,
  /** It failed and could not be taken back: a person has to look */
  broken: 3,
  /** Ended by a signal */
  interrupted: 130,
} as const;

/** A request that is not possible. Nothing was changed; the message says what is and what would be possible. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}

/** Work that was begun and did not succeed. */
export class FailedError extends Error {
  override readonly name = "FailedError";
}

/** Work that a signal has ended before it changed anything. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";

  constructor() {
    super("interrupted; nothing was changed");
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
