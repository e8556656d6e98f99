import type { Refusal, Verdict } from "./refusal";

/** One page's way to the network: a proxy of its own, on a port of its own, with limits of its own. */
export interface Passage {
  /** `http://127.0.0.1:<port>`, for the browser context of this page and for no other. */
  readonly proxyUrl: string;
  /** The limit that was reached, if one was. From then on everything is refused with its reason. */
  readonly verdict: Verdict | undefined;
  /** Aborted when a limit is reached; its reason is the verdict. */
  readonly signal: AbortSignal;
  /** What was refused or failed, in order; the first 100. */
  readonly refusals: readonly Refusal[];
  /** Requests so far, refused ones included. */
  readonly requests: number;
  /** Bytes so far, both directions. */
  readonly bytes: number;
  /**
   * The page's own URL before it is opened: scheme, syntax, credentials, the address that it spells, the port.
   * @returns why it can never be opened; `undefined` when nothing speaks against it yet
   */
  checkUrl(url: string): Refusal | undefined;
  /**
   * The last refusal of a request to this URL's host and port. A tunnel that is refused shows in the browser as
   * `net::ERR_TUNNEL_CONNECTION_FAILED` without the reason, which is found here.
   */
  refusalOf(url: string): Refusal | undefined;
  /** Ends the proxy and everything that it opened. */
  close(): Promise<void>;
}
