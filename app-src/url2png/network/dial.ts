import { connect, type Socket } from "node:net";
import { Refused } from "./refusal";
import { nameOf, type Target } from "./target";

/** Addresses of a name that are tried, one after another. */
const MAX_TRIED = 3;

export interface DialOptions {
  /** Milliseconds for each address. */
  readonly connectMs: number;
  /** Milliseconds without a byte, after which the socket is destroyed. */
  readonly idleMs: number;
  /** Sees every socket before it is connected. */
  readonly track: (socket: Socket) => void;
}

/**
 * Connects to the first of these addresses that answers. They are addresses and no names: nothing is resolved here.
 * @throws Refused
 */
export async function dial(addresses: readonly string[], target: Target, options: DialOptions): Promise<Socket> {
  const name = nameOf(target);
  let failure = new Refused("connection-failed", `${name} has no address.`, name);
  for (const host of addresses.slice(0, MAX_TRIED)) {
    const socket = connect({ host, port: target.port, allowHalfOpen: true, noDelay: true });
    options.track(socket);
    const timeout = (what: string) => () => {
      socket.destroy(new Refused("timeout", `${name} ${what}.`, name));
    };
    const connecting = timeout("did not answer in time");
    socket.setTimeout(options.connectMs, connecting);
    try {
      await connected(socket, name);
      socket.off("timeout", connecting);
      socket.setTimeout(options.idleMs, timeout("was silent for too long"));
      return socket;
    } catch (error) {
      failure = asRefused(error, name);
    }
  }
  throw failure;
}

async function connected(socket: Socket, name: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
    socket.once("close", () => {
      reject(new Refused("connection-failed", `The connection to ${name} was given up.`, name));
    });
  });
}

/**
 * What went wrong between us and a server, in the codes of refusals.
 * @param name `host:port`
 */
export function asRefused(error: unknown, name: string): Refused {
  if (error instanceof Refused) return error;
  const { code = String(error) } = error as NodeJS.ErrnoException;
  // HPE_*: what Node's HTTP parser does not take; ERR_*: what it takes and does not send on.
  if (/^(HPE_|ERR_)/.test(code)) {
    return new Refused("invalid-response", `${name} does not speak HTTP properly (${code}).`, name);
  }
  return new Refused("connection-failed", `The connection to ${name} failed (${code}).`, name);
}
