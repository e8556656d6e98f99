/** An IPv4 block. Blocks are literal, so that a plan shows real addresses and mistakes end at synthesis. */
export interface Cidr {
  /** First address as a number. */
  readonly base: number;
  /** Bits of the network part, 0 to 32. */
  readonly prefix: number;
}

/** @returns `undefined` for anything but an IPv4 block that begins at its own first address. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (!match) return undefined;
  const [a = 256, b = 256, c = 256, d = 256, prefix = 33] = match.slice(1).map(Number);
  if ([a, b, c, d].some((byte) => byte > 255) || prefix > 32) return undefined;
  const base = ((a * 256 + b) * 256 + c) * 256 + d;
  return base % 2 ** (32 - prefix) === 0 ? { base, prefix } : undefined;
}

/** The block number `index` of those that `bits` more network bits make of a block. */
export function subnetOf(cidr: Cidr, bits: number, index: number): string {
  const prefix = cidr.prefix + bits;
  const base = cidr.base + index * 2 ** (32 - prefix);
  const bytes = [24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256);
  return `${bytes.join(".")}/${prefix}`;
}

export const LIMITED_NETWORK = "an IPv4 block of /8 to /32 that begins at its first address, such as 203.0.113.0/24";

/** Whether it is a network of somebody's, and not the whole internet or a large part of it. */
export function isLimitedNetwork(text: string): boolean {
  const cidr = parseCidr(text);
  return cidr !== undefined && cidr.prefix >= 8;
}
