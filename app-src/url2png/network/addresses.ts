import { isIP } from "node:net";

/** An address as a number, so that networks can be compared by their leading bits. */
interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

interface Network extends Address {
  readonly prefix: number;
}

/** Bits of an address. */
const BITS = { 4: 32, 6: 128 } as const;

/**
 * IPv4 that is not the public internet: what the IANA IPv4 Special-Purpose Address Registry lists as not globally reachable
 * (https://www.iana.org/assignments/iana-ipv4-special-registry), the deprecated 6to4 relays, and multicast.
 */
const SPECIAL_V4 = [
  "0.0.0.0/8", // "this network"; Linux connects 0.0.0.0 to itself
  "10.0.0.0/8", // private
  "100.64.0.0/10", // shared address space of carriers (CGNAT)
  "127.0.0.0/8", // loopback
  "169.254.0.0/16", // link-local
  "172.16.0.0/12", // private
  "192.0.0.0/24", // IETF protocol assignments
  "192.0.2.0/24", // documentation
  "192.88.99.0/24", // 6to4 relays
  "192.168.0.0/16", // private
  "198.18.0.0/15", // benchmarks of networks
  "198.51.100.0/24", // documentation
  "203.0.113.0/24", // documentation
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, with the broadcast address
].map(parseNetwork);

/** The only IPv6 that IANA gives out as global unicast (https://www.iana.org/assignments/ipv6-address-space). */
const GLOBAL_V6 = parseNetwork("2000::/3");

/** What is special within it (https://www.iana.org/assignments/iana-ipv6-special-registry). */
const SPECIAL_V6 = [
  "2001::/23", // IETF protocol assignments: Teredo, benchmarks, ORCHID; nothing that serves pages
  "2001:db8::/32", // documentation
  "2002::/16", // 6to4
  "3fff::/20", // documentation
].map(parseNetwork);

/**
 * What no operator can allow. AWS serves metadata, credentials, DNS and time at link-local addresses and in fd00:ec2::/32
 * (https://docs.aws.amazon.com/whitepapers/latest/ipv6-on-aws/supporting-amazon-vpc-services.html). Unspecified addresses mean
 * this machine. IPv6 that carries an IPv4 address would be a second spelling of it that no check of IPv4 sees.
 */
const NEVER = [
  "0.0.0.0/8",
  "169.254.0.0/16",
  "::/96", // unspecified, and IPv4-compatible; loopback is let through below
  "::ffff:0:0/96", // IPv4-mapped
  "::ffff:0:0:0/96", // IPv4-translated
  "64:ff9b::/96", // NAT64
  "64:ff9b:1::/48", // NAT64 of local use
  "2001::/32", // Teredo
  "2002::/16", // 6to4
  "fd00:ec2::/32",
  "fe80::/10", // link-local
].map(parseNetwork);

const LOOPBACK_V4 = parseNetwork("127.0.0.0/8");
const LOOPBACK_V6 = parseNetwork("::1/128");

/** Which addresses may be connected to: the public internet, and the networks that the operator allows. */
export class AddressPolicy {
  private readonly allowed: readonly Network[];

  /**
   * @param allowedNetworks CIDR blocks, such as `10.1.0.0/16`
   * @throws Error naming every block that is none
   */
  constructor(allowedNetworks: readonly string[]) {
    const problems: string[] = [];
    this.allowed = allowedNetworks.flatMap((text) => {
      try {
        return [parseNetwork(text)];
      } catch (error) {
        problems.push(error instanceof Error ? error.message : String(error));
        return [];
      }
    });
    if (problems.length > 0) throw new Error(`allowed networks: ${problems.join("; ")}`);
  }

  /** Whether any network is allowed besides the public internet. */
  get allowsNetworks(): boolean {
    return this.allowed.length > 0;
  }

  /**
   * @param text an IP address; what is none is refused
   * @returns `public` may be connected to on the ports of the web, `allowed` on any
   */
  judge(text: string): "public" | "allowed" | "refused" {
    const address = parseAddress(text);
    if (!address || isNever(address)) return "refused";
    if (this.allowed.some((network) => contains(network, address))) return "allowed";
    return isPublic(address) ? "public" : "refused";
  }
}

/** Whether an IP address is this machine. */
export function isLoopback(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && isLoopbackAddress(address);
}

function isLoopbackAddress(address: Address): boolean {
  return contains(LOOPBACK_V4, address) || contains(LOOPBACK_V6, address);
}

function isNever(address: Address): boolean {
  if (isLoopbackAddress(address)) return false;
  return NEVER.some((network) => contains(network, address)) || isIsatap(address);
}

function isPublic(address: Address): boolean {
  if (address.family === 4) return !SPECIAL_V4.some((network) => contains(network, address));
  return contains(GLOBAL_V6, address) && !SPECIAL_V6.some((network) => contains(network, address));
}

/** ISATAP's interface identifier `[02]00:5efe:<IPv4>` (RFC 5214, 6.1) may follow any prefix. */
function isIsatap({ family, value }: Address): boolean {
  return family === 6 && ((value >> 32n) & 0xfdff_ffffn) === 0x5efen;
}

function contains({ family, value, prefix }: Network, address: Address): boolean {
  if (family !== address.family) return false;
  const rest = BigInt(BITS[family] - prefix);
  return address.value >> rest === value >> rest;
}

/** @throws Error that says what is wrong and what is allowed */
function parseNetwork(text: string): Network {
  const fail = (what: string): never => {
    throw new Error(
      `${JSON.stringify(text)} ${what}; allowed is a CIDR block such as "10.1.0.0/16" or "fd12:3456::/32"`,
    );
  };
  const [, ip = "", digits = ""] = /^([^/]*)\/(\d{1,3})$/.exec(text) ?? [];
  const address = parseAddress(ip) ?? fail("is no network");
  const prefix = Number(digits);
  if (prefix > BITS[address.family]) fail(`has a prefix longer than ${BITS[address.family]}`);
  const rest = BigInt(BITS[address.family] - prefix);
  if ((address.value >> rest) << rest !== address.value) fail(`has bits set behind its prefix of ${prefix}`);
  return { ...address, prefix };
}

/** @returns `undefined` for what is no IP address, or one with a zone (`fe80::1%eth0`) */
function parseAddress(text: string): Address | undefined {
  const family = isIP(text);
  if (family === 4) return { family, value: joined(text.split(".").map(Number), 8n) };
  if (family !== 6 || !URL.canParse(`http://[${text}]`)) return undefined;
  // The URL parser writes an IPv4 tail as groups; "::" stands for the groups that are missing.
  const [head = [], tail = []] = new URL(`http://[${text}]`).hostname
    .slice(1, -1)
    .split("::")
    .map((part) => (part === "" ? [] : part.split(":").map((group) => parseInt(group, 16))));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => 0);
  return { family: 6, value: joined([...head, ...zeros, ...tail], 16n) };
}

function joined(parts: readonly number[], bits: bigint): bigint {
  return parts.reduce((value, part) => (value << bits) | BigInt(part), 0n);
}
