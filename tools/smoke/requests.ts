import { FailedError, messageOf } from "../release/errors";

/** Milliseconds for one request. */
const REQUEST_TIMEOUT = 15_000;

/**
 * One request, whose redirection is an answer like any other.
 * @throws FailedError naming the path when there is no answer
 */
export async function request(url: URL, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(REQUEST_TIMEOUT) });
  } catch (error) {
    const { cause = error } = error as Error;
    throw new FailedError(`${url.pathname}: no answer (${messageOf(cause)})`);
  }
}
