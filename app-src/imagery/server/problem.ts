import { STATUS_CODES } from "node:http";
import type { ErrorRequestHandler } from "express";
import { ProcessNotFoundError, StateConflictError } from "../shared/process";
import type { Logger } from "../../shared/logger";

/** An error whose status and detail are meant for the client. */
export class Problem extends Error {
  /**
   * @param status of the response
   * @param detail what is wrong with this request and what would be right, for people
   * @param headers further headers of the response
   */
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.name = "Problem";
  }
}

/** The client went away before its request was complete: nobody is left to answer. */
export class ClientGoneError extends Error {
  constructor() {
    super("the client closed the connection before its request was complete");
    this.name = "ClientGoneError";
  }
}

/** AWS's words for "too much at once"; the SDK has retried already when they arrive here. */
const THROTTLED = new Set([
  "ConditionalCheckFailedException", // ten lost races in a row: the item is contended
  "LimitExceededException",
  "OverLimit",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "SlowDown",
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
]);

/** Node's and the SDK's names for a service that cannot be reached. */
const UNREACHABLE = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "ENOTFOUND",
  "TimeoutError",
]);

/** What errors of Node, Express and the AWS SDK may carry. */
interface ErrorFacts {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly status?: unknown;
  readonly $fault?: unknown;
}

function unavailable({ name, code, $fault }: ErrorFacts): boolean {
  const known = (word: unknown): boolean => typeof word === "string" && (THROTTLED.has(word) || UNREACHABLE.has(word));
  return $fault === "server" || known(name) || known(code);
}

/** What the client is told about an error. Whatever is not known to be harmless stays inside: a bare 500. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ProcessNotFoundError) return new Problem(404, error.message);
  if (error instanceof StateConflictError) return new Problem(409, error.message);
  const facts = (error ?? {}) as ErrorFacts;
  if (unavailable(facts)) {
    return new Problem(503, "a service this one depends on is busy; try again in a moment", { "Retry-After": "1" });
  }
  // Express and its static files mark the client's own mistakes with a status, such as 400 for a path that does not decode.
  const { status, message } = facts;
  if (typeof status === "number" && status >= 400 && status < 500) return new Problem(status, String(message));
  return new Problem(500, "an unexpected error; it has been logged");
}

/**
 * Express's error handler: every error becomes an RFC 9457 problem. The type is "about:blank": within a route the status
 * alone says which problem it is, and `detail` explains it.
 */
export function problemHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (error instanceof ClientGoneError) {
      logger.info({ url: request.path }, error.message);
      response.destroy();
      return;
    }
    const { status, detail, headers } = problemOf(error);
    if (status >= 500) logger.error({ err: error, url: request.path }, "request failed");
    if (response.headersSent) {
      next(error);
      return;
    }
    response
      .status(status)
      .set(headers)
      .type("application/problem+json")
      .send(
        JSON.stringify({ type: "about:blank", title: STATUS_CODES[status], status, detail, instance: request.path }),
      );
  };
}
