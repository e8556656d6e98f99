import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { REFUSAL_HEADER } from "./refusal";

/** What is said from one hop to the next and not passed on (RFC 9110, 7.6.1), and what only a proxy of ours may say. */
const NOT_PASSED_ON: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
  // Node has answered "100 Continue" already.
  "expect",
  REFUSAL_HEADER,
]);

/**
 * The headers of a message to pass on: without those of the hop, those that `Connection` names, and `Proxy-*`. There is no `Via`
 * and no `X-Forwarded-For`: a page should see a browser, not its proxy.
 */
export function passedOn(message: IncomingMessage): OutgoingHttpHeaders {
  const named = (message.headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase());
  const headers = Object.entries(message.headersDistinct).filter(
    ([name]) => !NOT_PASSED_ON.has(name) && !name.startsWith("proxy-") && !named.includes(name),
  );
  return Object.fromEntries(headers);
}
