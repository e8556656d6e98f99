import { bar } from "../live-view";
import { listOf, time } from "./report";
import type { Look, Totals } from "./statistics";

/** A look in one line. @param limits of the test: the one that is nearer fills the bar */
export function describeLook(
  look: Look,
  totals: Totals,
  limits: { readonly requests: number; readonly seconds: number },
): string {
  const ended = totals.succeeded + totals.failed;
  const progress = bar(Math.max(ended / limits.requests, look.at / limits.seconds));
  const { latency } = look;
  const percentiles =
    latency === undefined
      ? "no answers"
      : `p50 ${time(latency.p50)}  p95 ${time(latency.p95)}  p99 ${time(latency.p99)}`;
  const kinds = totals.failed === 0 ? "" : ` (${listOf(Object.fromEntries(totals.errors))})`;
  return `${progress}  ${(look.succeeded / look.seconds).toFixed(0).padStart(5)}/s  ${percentiles}  errors ${totals.failed}${kinds}  ${ended} of ${limits.requests}`;
}
