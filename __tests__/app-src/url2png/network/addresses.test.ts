import { BlockList } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { AddressPolicy, isLoopback } from "../../../../app-src/url2png/network/addresses";
import { randomNumbers } from "./support/random";

const policy = new AddressPolicy([]);

describe("without allowed networks, the address policy", () => {
  it.each([
    ["0.0.0.0", "unspecified: Linux connects it to itself"],
    ["0.1.2.3", "this network"],
    ["10.0.0.0", "private, first"],
    ["10.255.255.255", "private, last"],
    ["100.64.0.1", "CGNAT, first"],
    ["100.100.100.200", "CGNAT, another cloud's metadata"],
    ["100.127.255.255", "CGNAT, last"],
    ["127.0.0.1", "loopback"],
    ["127.255.255.254", "loopback, last"],
    ["169.254.0.1", "link-local"],
    ["169.254.169.123", "AWS time"],
    ["169.254.169.253", "AWS DNS"],
    ["169.254.169.254", "AWS metadata"],
    ["169.254.170.2", "AWS container credentials"],
    ["172.16.0.1", "private, first"],
    ["172.31.255.255", "private, last"],
    ["192.0.0.1", "IETF protocol assignments"],
    ["192.0.0.170", "NAT64 discovery"],
    ["192.0.2.1", "documentation"],
    ["192.88.99.1", "6to4 relays"],
    ["192.168.0.1", "private, first"],
    ["192.168.255.255", "private, last"],
    ["198.18.0.1", "benchmarks"],
    ["198.19.255.255", "benchmarks, last"],
    ["198.51.100.7", "documentation"],
    ["203.0.113.7", "documentation"],
    ["224.0.0.1", "multicast"],
    ["239.255.255.255", "multicast, last"],
    ["240.0.0.1", "reserved"],
    ["255.255.255.255", "broadcast"],
    ["::", "unspecified"],
    ["::1", "loopback"],
    ["0:0:0:0:0:0:0:1", "loopback, written out"],
    ["::127.0.0.1", "IPv4-compatible"],
    ["::8.8.8.8", "IPv4-compatible, of a public address"],
    ["::ffff:127.0.0.1", "IPv4-mapped"],
    ["::ffff:7f00:1", "IPv4-mapped, in hex"],
    ["::FFFF:A9FE:A9FE", "IPv4-mapped metadata, in capitals"],
    ["::ffff:8.8.8.8", "IPv4-mapped, of a public address"],
    ["::ffff:0:127.0.0.1", "IPv4-translated"],
    ["64:ff9b::7f00:1", "NAT64"],
    ["64:ff9b::169.254.169.254", "NAT64 of the metadata address"],
    ["64:ff9b:1::a00:1", "NAT64 of local use"],
    ["100::1", "discard only"],
    ["2001::7f00:1", "Teredo"],
    ["2001:2::1", "benchmarks"],
    ["2001:10::1", "ORCHID"],
    ["2001:20::1", "ORCHIDv2"],
    ["2001:db8::1", "documentation"],
    ["2002:7f00:1::", "6to4 of loopback"],
    ["2002:a9fe:a9fe::1", "6to4 of the metadata address"],
    ["3fff::1", "documentation"],
    ["3fff:fff:ffff::1", "documentation, last"],
    ["2606:4700::5efe:a00:1", "ISATAP of a private address"],
    ["2606:4700::200:5efe:a9fe:a9fe", "ISATAP of the metadata address, universal bit set"],
    ["4000::1", "not given out"],
    ["5f00::1", "SRv6"],
    ["8000::1", "not given out"],
    ["fc00::1", "unique local"],
    ["fd00:ec2::254", "AWS metadata"],
    ["fd00:ec2::253", "AWS DNS"],
    ["fd12:3456:789a::1", "unique local"],
    ["fe80::1", "link-local"],
    ["fe80::1%eth0", "link-local with a zone"],
    ["febf::1", "link-local, last"],
    ["fec0::1", "site-local"],
    ["ff02::1", "multicast"],
    ["ff0e::1", "multicast, global"],
    ["", "nothing"],
    ["example.org", "a name"],
    ["127.1", "no complete address"],
    ["0177.0.0.1", "octal"],
    ["0x7f000001", "hex"],
    ["2130706433", "decimal"],
    ["1.2.3.4.5", "too many parts"],
    [":::1", "no address"],
  ])("refuses %s (%s)", (address) => {
    expect(policy.judge(address)).toBe("refused");
  });

  it.each([
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.1",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2000::1",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2606:4700:4700::1111",
    "2003::1",
    "2a00:1450:4001:80b::200e",
    "3ffe:ffff::1",
    "2606:4700::5eff:a00:1",
  ])("takes %s for the public internet", (address) => {
    expect(policy.judge(address)).toBe("public");
  });

  it("agrees with Node's own block list about random addresses of IPv4", () => {
    const list = new BlockList();
    for (const block of REFUSED_V4) list.addSubnet(...split(block), "ipv4");
    const random = randomNumbers(1);
    for (let i = 0; i < 5000; i++) {
      const address = dotted(random());
      expect([address, policy.judge(address)]).toEqual([address, list.check(address, "ipv4") ? "refused" : "public"]);
    }
  });
});

const REFUSED_V4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];

/** Ways to carry an IPv4 address in an IPv6 address. */
const EMBEDDINGS: readonly (readonly [string, (v4: string, hex: string) => string])[] = [
  ["IPv4-mapped", (v4) => `::ffff:${v4}`],
  ["IPv4-mapped, in hex", (_, hex) => `::ffff:${hex}`],
  ["IPv4-translated", (v4) => `::ffff:0:${v4}`],
  ["IPv4-compatible", (v4) => `::${v4}`],
  ["NAT64", (v4) => `64:ff9b::${v4}`],
  ["NAT64 of local use", (v4) => `64:ff9b:1::${v4}`],
  ["6to4", (_, hex) => `2002:${hex}::1`],
  ["Teredo, as the server", (_, hex) => `2001:0:${hex}::1`],
  ["Teredo, as the client", (_, hex) => `2001::${hex}`],
  ["ISATAP", (v4) => `2606:4700::5efe:${v4}`],
  ["ISATAP, universal", (v4) => `2606:4700::200:5efe:${v4}`],
];

describe.each(REFUSED_V4)("random addresses of %s", (block) => {
  const [network, prefix] = split(block);
  const base = network.split(".").reduce((value, part) => value * 256 + Number(part), 0);
  const random = randomNumbers(base);
  const addresses = Array.from({ length: 40 }, () =>
    dotted(base + Math.floor((random() / 2 ** 32) * 2 ** (32 - prefix))),
  );

  it("are refused", () => {
    expect(addresses.filter((address) => policy.judge(address) !== "refused")).toEqual([]);
  });

  it.each(EMBEDDINGS)("are refused as %s, even when every network is allowed", (_, embed) => {
    const lax = new AddressPolicy(["0.0.0.0/0", "::/0"]);
    const embedded = addresses.map((address) => embed(address, inHex(address)));
    // ::1 is loopback and no embedding; it is judged as such.
    const judged = embedded.filter((address) => !isLoopback(address) && lax.judge(address) !== "refused");
    expect(judged).toEqual([]);
    expect(embedded.filter((address) => policy.judge(address) !== "refused")).toEqual([]);
  });
});

describe("allowed networks", () => {
  it.each([
    ["10.1.0.0/16", "10.1.255.255", "10.2.0.0"],
    ["127.0.0.1/32", "127.0.0.1", "127.0.0.2"],
    ["192.168.0.0/31", "192.168.0.1", "192.168.0.2"],
    ["fd12:3456::/32", "fd12:3456:1::1", "fd12:3457::1"],
    ["::1/128", "::1", "::"],
  ])("%s open %s and not %s", (network, inside, outside) => {
    const allowing = new AddressPolicy([network]);
    expect(allowing.allowsNetworks).toBe(true);
    expect([allowing.judge(inside), allowing.judge(outside)]).toEqual(["allowed", "refused"]);
  });

  it("can be public addresses too", () => {
    expect(new AddressPolicy(["0.0.0.0/0"]).judge("8.8.8.8")).toBe("allowed");
  });

  it.each([
    "169.254.169.254",
    "169.254.169.253",
    "169.254.170.2",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fe80::1",
    "0.0.0.0",
    "::",
    "::ffff:10.0.0.1",
    "64:ff9b::a9fe:a9fe",
  ])("never open %s", (address) => {
    for (const networks of [
      ["0.0.0.0/0", "::/0"],
      ["169.254.0.0/16", "fd00::/8"],
      ["169.254.169.254/32", "fd00:ec2::254/128"],
    ]) {
      expect(new AddressPolicy(networks).judge(address)).toBe("refused");
    }
  });

  it.each([
    ["10.0.0.0", "is no network"],
    ["intranet", "is no network"],
    ["10.0.0/8", "is no network"],
    ["10.0.0.0/-1", "is no network"],
    ["10.0.0.0/8 ", "is no network"],
    ["", "is no network"],
    ["fe80::1%eth0/64", "is no network"],
    ["10.0.0.0/33", "has a prefix longer than 32"],
    ["fd00::/129", "has a prefix longer than 128"],
    ["10.1.2.3/8", "has bits set behind its prefix of 8"],
    ["fd00::1/64", "has bits set behind its prefix of 64"],
  ])("that are none (%j) are an error that names them and what is allowed", (network, problem) => {
    const message = `allowed networks: ${JSON.stringify(network)} ${problem}; allowed is a CIDR block such as "10.1.0.0/16"`;
    expect(() => new AddressPolicy([network])).toThrow(message);
  });

  it("that are none are all named at once", () => {
    expect(() => new AddressPolicy(["a", "10.0.0.0/8", "b/99"])).toThrow(/"a" is no network.*"b\/99" is no network/);
  });
});

function split(block: string): [network: string, prefix: number] {
  const [network = "", prefix] = block.split("/");
  return [network, Number(prefix)];
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map((bits) => Math.floor(value / 2 ** bits) % 256).join(".");
}

function inHex(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}
