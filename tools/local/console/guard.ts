import type { Request, RequestHandler } from "express";
import { Problem } from "./problem";

/** A port may follow: the console's own, or that of a tunnel to it. */
const ownHost = /^(localhost|127\.0\.0\.1)(:\d+)?$/i;

/**
 * Keeps other sites' pages away from a server that listens on the loopback address but that every page in the browser can
 * reach: a name that was made to resolve to 127.0.0.1 (DNS rebinding) shows in `Host`, a form or script of another site
 * (CSRF) in `Origin` and `Sec-Fetch-Site`. What is no browser sends neither of the latter, and may do what its user may.
 */
export const onlyOwnPage: RequestHandler = (request, _response, next) => {
  if (!ownHost.test(request.headers.host ?? "")) {
    throw new Problem(403, "the console answers at localhost and 127.0.0.1 only");
  }
  if (comesFromElsewhere(request)) throw new Problem(403, "only the console's own page may ask for this");
  next();
};

function comesFromElsewhere({ method, headers }: Request): boolean {
  const { origin, host = "", "sec-fetch-site": site, "sec-fetch-mode": mode } = headers;
  // A browser that follows a link to the console only shows it.
  if (method === "GET" && mode === "navigate") return false;
  if (origin !== undefined && origin !== `http://${host}`) return true;
  // "same-site" is another port of localhost: the stack's own application, which may show a stranger's content.
  return site !== undefined && site !== "same-origin" && site !== "none";
}
