import { isIP } from "node:net";
import { Refused } from "./refusal";

/** Where a request wants to go, in the one spelling that everything after this looks at. */
export interface Target {
  /** A name in lower case and ASCII, or an IP address (IPv6 without brackets). */
  readonly host: string;
  readonly port: number;
  /** The URL of the request; of a tunnel, that of the host alone. */
  readonly url: URL;
}

/** Longer than any link that is meant to be followed; node:http takes 16 KiB for the line and all headers. */
const MAX_URL_LENGTH = 8192;

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443, "ws:": 80, "wss:": 443 };

/**
 * Reads a URL with the WHATWG parser, as the browser does, so that both mean the same: `http://0x7f.1`, `http://2130706433` and
 * `http://①②⑦.0.0.1` are `127.0.0.1`.
 * @param schemes which are allowed, each with its colon
 * @throws Refused
 */
export function parseUrl(text: string, schemes: readonly string[]): Target {
  if (text.length > MAX_URL_LENGTH) {
    throw new Refused("invalid-url", `The URL is longer than ${MAX_URL_LENGTH} characters.`, shortened(text));
  }
  if (!URL.canParse(text)) throw new Refused("invalid-url", "This is no complete URL.", shortened(text));
  const url = new URL(text);
  if (!schemes.includes(url.protocol)) {
    const allowed = schemes.map((scheme) => `${scheme}//`).join(" and ");
    throw new Refused("scheme-not-allowed", `Only ${allowed} URLs are opened.`, shortened(text));
  }
  const target = targetOf(url);
  if (url.username !== "" || url.password !== "") {
    throw new Refused("credentials-in-url", "A URL with a user name or a password is not opened.", nameOf(target));
  }
  return target;
}

/**
 * Reads the `host:port` of a CONNECT request.
 * @throws Refused
 */
export function parseAuthority(text: string): Target {
  const [, port = ""] = /^[^\s/\\?#@]+:(\d{1,5})$/.exec(text) ?? [];
  if (port === "") throw new Refused("invalid-url", "A tunnel goes to host:port.", shortened(text));
  return { ...parseUrl(`http://${text}`, ["http:"]), port: Number(port) };
}

/** The host of a URL, and its port or its scheme's. */
export function targetOf(url: URL): Target {
  const port = url.port === "" ? (DEFAULT_PORTS[url.protocol] ?? 0) : Number(url.port);
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port, url };
}

/** `host:port`, as messages and logs name it. */
export function nameOf({ host, port }: Pick<Target, "host" | "port">): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/** Of what cannot be read, the beginning; neither a log nor an answer needs more. */
function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
