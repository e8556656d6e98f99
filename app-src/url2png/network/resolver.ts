import { BADNAME, NODATA, NOTFOUND } from "node:dns";
import { Resolver } from "node:dns/promises";

/**
 * The addresses of a name; none when the name does not exist.
 * @throws Error when it could not be found out
 */
export type Resolve = (name: string) => Promise<readonly string[]>;

/** What c-ares, Node's DNS client, calls a name that does not exist, that has no such record, that cannot be one. */
const NO_ADDRESS: ReadonlySet<unknown> = new Set([NOTFOUND, NODATA, BADNAME]);

/** Milliseconds for one question to one name server, and how often it is asked. */
const TIMEOUT_MS = 3000;
const TRIES = 2;

/**
 * Asks the machine's name servers, and nothing else: no hosts file, no search domain, no multicast DNS. So a name means what
 * DNS says, in full. In contrast to `dns.lookup` a question takes no thread: a name server that never answers cannot take
 * them all.
 * @param resolver default: one with the machine's name servers
 */
export function dnsResolver(resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES })): Resolve {
  return async (name) => {
    // IPv6 only where there is no IPv4: the network of the stack has none, and a name with both is reached by either.
    const v4 = await resolver.resolve4(name).catch(noAddress);
    return v4.length > 0 ? v4 : await resolver.resolve6(name).catch(noAddress);
  };
}

function noAddress(error: unknown): readonly string[] {
  if (NO_ADDRESS.has((error as NodeJS.ErrnoException).code)) return [];
  throw error;
}
