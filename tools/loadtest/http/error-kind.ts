/** Why there was no answer. */
export type ErrorKind =
  /** It took too long */
  | "time-out"
  /** Nobody listens on the port */
  | "refused"
  /** The connection ended before the answer did */
  | "reset"
  /** No way to the address */
  | "unreachable"
  /** The host's name has no address */
  | "unknown name"
  /** No trust in the server's certificate, or no common version of TLS */
  | "TLS"
  /** What came is no answer in HTTP */
  | "not HTTP"
  /** Out of ports, file descriptors or memory, here: no error of the server */
  | "this machine"
  | "other";

/** By Node's error codes: https://nodejs.org/docs/latest-v20.x/api/errors.html#common-system-errors */
const KINDS: readonly (readonly [codes: RegExp, kind: ErrorKind])[] = [
  [/^ECONNREFUSED$/, "refused"],
  [/^(ECONNRESET|EPIPE|ECONNABORTED)$/, "reset"],
  [/^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|ETIMEDOUT)$/, "unreachable"],
  [/^(ENOTFOUND|EAI_\w+)$/, "unknown name"],
  [/^(ERR_TLS_|ERR_SSL_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|EPROTO$)/, "TLS"],
  [/^HPE_/, "not HTTP"],
  [/^(EMFILE|ENFILE|EADDRNOTAVAIL|ENOBUFS|ENOMEM)$/, "this machine"],
];

export function kindOf(error: Error): ErrorKind {
  const { code = "" } = error as NodeJS.ErrnoException;
  return KINDS.find(([codes]) => codes.test(code))?.[1] ?? "other";
}

/** The error in words. When a name has several addresses, Node's error has no words of its own but one for each address. */
export function textOf(error: Error): string {
  return error instanceof AggregateError
    ? error.errors.map((each) => (each as Error).message).join(", ")
    : error.message;
}
