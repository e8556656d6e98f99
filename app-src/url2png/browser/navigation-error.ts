import type { Passage } from "../network/passage";
import { isFailure, type Refusal } from "../network/refusal";
import { PageError } from "./page-error";

/** Chromium's codes for being sent on to `file:`, `data:` and the like. */
const SCHEME_ERRORS = ["ERR_UNSAFE_REDIRECT", "ERR_UNKNOWN_URL_SCHEME", "ERR_DISALLOWED_URL_SCHEME"];

export function refusalError({ reason, message }: Pick<Refusal, "reason" | "message">): PageError {
  return new PageError(reason, message, isFailure(reason));
}

/**
 * Why a page could not be opened.
 * @param errorText Chromium's code, such as `net::ERR_TUNNEL_CONNECTION_FAILED`
 * @param url what was to be opened last, after redirects
 */
export function navigationError(
  errorText: string,
  isDownload: boolean,
  url: string,
  { verdict, refusalOf }: Pick<Passage, "verdict" | "refusalOf">,
): PageError {
  if (isDownload)
    return new PageError("is-a-download", "the URL answers with a file to be saved, not with a page", false);
  if (errorText.includes("ERR_ABORTED")) {
    return new PageError("nothing-to-show", "the URL answers with nothing to show", false);
  }
  if (errorText.includes("ERR_TOO_MANY_REDIRECTS")) {
    return new PageError("too-many-redirects", "the URL sends on and on", false);
  }
  if (SCHEME_ERRORS.some((code) => errorText.includes(code))) {
    return new PageError("scheme-not-allowed", "the URL sends on to something other than http and https", false);
  }
  const refusal = verdict ?? refusalOf(url);
  if (refusal) return refusalError(refusal);
  // A certificate can be renewed and a connection mended: all of it may be over tomorrow.
  return new PageError("navigation-failed", `the page could not be opened: ${errorText}`, true);
}
