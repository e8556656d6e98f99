/** What one page may take of the network. */
export interface NetworkLimits {
  /** Requests, refused ones included. A tunnel counts as one: what is encrypted cannot be counted. */
  readonly requests: number;
  /** Bytes sent and received, compressed as they come; headers of plain HTTP are not counted. */
  readonly bytes: number;
  /** Connections to servers at once; one more is answered with 502 and does not end the passage. */
  readonly connections: number;
  /** Milliseconds from `open` until everything is cut off. */
  readonly lifetimeMs: number;
  /** Milliseconds for a connection to one address. */
  readonly connectMs: number;
  /** Milliseconds without a byte in either direction after which a connection is given up. */
  readonly idleMs: number;
}

/** More than an ordinary page takes by far: the largest of them make some hundred requests and load some ten megabytes. */
export const DEFAULT_LIMITS: NetworkLimits = {
  requests: 1000,
  bytes: 64 * 1024 * 1024,
  connections: 100,
  lifetimeMs: 60_000,
  connectMs: 5000,
  idleMs: 20_000,
};
