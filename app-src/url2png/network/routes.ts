import { isIP } from "node:net";
import { isLoopback, type AddressPolicy } from "./addresses";
import { Refused } from "./refusal";
import type { Resolve } from "./resolver";
import { nameOf, type Target } from "./target";

/** Ports of public addresses that are connected to: the same that the fleet's security group lets out. */
const WEB_PORTS: ReadonlySet<number> = new Set([80, 443]);

/** Finds the addresses that a target may be connected to. One for each page: a name means the same as long as the page is loaded. */
export class Routes {
  private readonly resolved = new Map<string, Promise<readonly string[]>>();

  constructor(
    private readonly policy: AddressPolicy,
    private readonly resolve: Resolve,
    /** Whether a port of this machine is a proxy's own. */
    private readonly isOwnPort: (port: number) => boolean,
  ) {}

  /**
   * Resolves and checks. Whoever connects uses these addresses and does not ask again.
   * @returns at least one address
   * @throws Refused
   */
  async find(target: Target): Promise<readonly string[]> {
    const addresses = await this.addressesOf(target);
    if (addresses.length === 0) throw new Refused("name-not-found", `${target.host} does not exist.`, nameOf(target));
    this.checkAddresses(addresses, target);
    return addresses;
  }

  /**
   * What can be said without asking a name server.
   * @throws Refused
   */
  check(target: Target): void {
    const address = spelledAddress(target.host);
    if (address !== undefined) this.checkAddresses([address], target);
    else if (!this.policy.allowsNetworks) checkPort(target);
  }

  private async addressesOf(target: Target): Promise<readonly string[]> {
    const spelled = spelledAddress(target.host);
    if (spelled !== undefined) return [spelled];
    const known = this.resolved.get(target.host) ?? this.resolve(target.host);
    this.resolved.set(target.host, known);
    try {
      return await known;
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      throw new Refused("name-not-resolved", `${target.host} could not be resolved (${code}).`, nameOf(target));
    }
  }

  /** All of them, not any: a name that leads inside as well as outside is an attack or a mistake. */
  private checkAddresses(addresses: readonly string[], target: Target): void {
    const verdicts = addresses.map((address) => this.policy.judge(address));
    const own = this.isOwnPort(target.port) && addresses.some(leadsToProxies);
    if (own || verdicts.includes("refused")) {
      throw new Refused("address-not-allowed", `${target.host} is not on the public internet.`, nameOf(target));
    }
    if (verdicts.includes("public")) checkPort(target);
  }
}

/** Proxies listen at 127.0.0.1. The same port at another address of 127.0.0.0/8 is somebody else's. */
function leadsToProxies(address: string): boolean {
  return isLoopback(address) && (!address.startsWith("127.") || address === "127.0.0.1");
}

function checkPort(target: Target): void {
  if (WEB_PORTS.has(target.port)) return;
  throw new Refused("port-not-allowed", `Only ports 80 and 443 are opened, not ${target.port}.`, nameOf(target));
}

/** The address that a host is by itself: an IP address, or `localhost` and what is below it (RFC 6761, 6.3). */
function spelledAddress(host: string): string | undefined {
  if (isIP(host) !== 0) return host;
  return /(^|\.)localhost\.?$/.test(host) ? "127.0.0.1" : undefined;
}
