import { STATUS_CODES } from "node:http";
import type { ErrorRequestHandler } from "express";
import type { Log } from "../log";

/** An error whose status and detail are meant for whoever made the request. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
  ) {
    super(detail);
    this.name = "Problem";
  }
}

/**
 * Express's error handler: every error becomes an RFC 9457 problem of type about:blank. Unlike a public API this one tells
 * the text of an unexpected error too: the one who reads it has started the program.
 */
export function problemHandler(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const { status, detail } = problemOf(error);
    if (status >= 500) log(`console: ${request.method} ${request.path} failed: ${detail}`);
    if (response.headersSent) {
      next(error);
      return;
    }
    response
      .status(status)
      .type("application/problem+json")
      .send(
        JSON.stringify({ type: "about:blank", title: STATUS_CODES[status], status, detail, instance: request.path }),
      );
  };
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const { status, message } = (error ?? {}) as { readonly status?: unknown; readonly message?: unknown };
  const detail = typeof message === "string" ? message : String(error);
  // Express marks the client's own mistakes with a status, such as 400 for a path that does not decode.
  if (typeof status === "number" && status >= 400 && status < 500) return new Problem(status, detail);
  return new Problem(500, detail);
}
