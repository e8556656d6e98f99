import type { Refusal } from "../network/refusal";

/** Why there is no picture of a page: the network's reasons, and those of the browser. */
export type PageReason =
  | Refusal["reason"]
  /** No response came, or one that is none; the message has Chromium's own code. */
  | "navigation-failed"
  /** The time for a page is over, and it has shown nothing. */
  | "page-timeout"
  /** Its scripts never let go, so that it cannot be photographed. */
  | "page-hangs"
  /** Its process ended, or the browser with it. */
  | "page-crashed"
  /** It took more memory than a page may have. */
  | "too-much-memory"
  /** It closed itself. */
  | "page-closed"
  | "too-many-redirects"
  | "too-many-dialogs"
  /** The URL answers with a file to be saved. */
  | "is-a-download"
  /** The URL answers with nothing to show, such as 204 (No Content). */
  | "nothing-to-show";

/** There is no picture, and that is the page's doing; every other error is ours. */
export class PageError extends Error {
  override readonly name = "PageError";

  constructor(
    /** A code for programs. */
    readonly reason: PageReason,
    /** A sentence for people. */
    message: string,
    /** Whether trying again later may end better. */
    readonly transient: boolean,
  ) {
    super(message);
  }
}
