import { describe, expect, it } from "@jest/globals";
import { nameOf, parseAuthority, parseUrl } from "../../../../app-src/url2png/network/target";

/** Spellings of 127.0.0.1 that some program somewhere understands. */
const LOOPBACK = [
  "127.1",
  "127.0.1",
  "127.0.0.1.",
  "0177.0.0.1",
  "0177.0.0.01",
  "00000177.0.0.1",
  "0x7f.0.0.1",
  "0x7F.1",
  "0x7f000001",
  "0x000000007f000001",
  "017700000001",
  "2130706433",
  "127.0x0.1",
  "１２７.0.0.1",
  "127。0。0。1",
  "①②⑦.0.0.1",
  "%31%32%37.0.0.1",
  "127.0.0.%31",
];

describe("a host is read as the browser reads it:", () => {
  it.each(LOOPBACK)("%s is 127.0.0.1", (host) => {
    expect(parseUrl(`http://${host}/`, ["http:"])).toMatchObject({ host: "127.0.0.1", port: 80 });
    expect(parseAuthority(`${host}:443`)).toMatchObject({ host: "127.0.0.1", port: 443 });
  });

  it.each([
    ["[::1]", "::1"],
    ["[0:0:0:0:0:0:0:1]", "::1"],
    ["[::127.0.0.1]", "::7f00:1"],
    ["[::ffff:127.0.0.1]", "::ffff:7f00:1"],
    ["[FD00:EC2::254]", "fd00:ec2::254"],
    ["0", "0.0.0.0"],
    ["2852039166", "169.254.169.254"],
    ["0xa9fea9fe", "169.254.169.254"],
    ["0251.0376.0251.0376", "169.254.169.254"],
    ["EXAMPLE.org", "example.org"],
    ["ⓔxample.org", "example.org"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["ⓛocalhost", "localhost"],
    ["exam\u00adple.org", "example.org"],
  ])("%s is %s", (spelling, host) => {
    expect(parseUrl(`http://${spelling}/`, ["http:"]).host).toBe(host);
  });

  it.each([
    "256.0.0.1",
    "1.2.3.4.5",
    "4294967296",
    "0x1ffffffff",
    "[::1",
    "[fe80::1%25eth0]",
    "exa mple.org",
    "a%00b",
    "",
  ])("%j is none", (host) => {
    expect(() => parseUrl(`http://${host}/`, ["http:"])).toThrow(expect.objectContaining({ reason: "invalid-url" }));
  });
});

describe("a URL", () => {
  it.each([
    "file:///etc/passwd",
    "view-source:http://example.org/",
    "chrome://settings",
    "about:blank",
    "data:text/html,hello",
    "javascript:alert(1)",
    "blob:http://example.org/1",
    "filesystem:http://example.org/temporary/1",
    "ftp://example.org/",
    "gopher://example.org/",
    "dict://example.org:11211/",
    "ws://example.org/",
    "FILE:///etc/passwd",
  ])("%s has a scheme that is not opened", (url) => {
    expect(() => parseUrl(url, ["http:", "https:"])).toThrow(expect.objectContaining({ reason: "scheme-not-allowed" }));
  });

  it.each([
    "",
    "example.org",
    "/path",
    "//example.org/",
    "http://",
    "https:///?",
    `http://example.org/${"a".repeat(8192)}`,
  ])("%.40s is none", (url) => {
    expect(() => parseUrl(url, ["http:"])).toThrow(expect.objectContaining({ reason: "invalid-url" }));
  });

  it.each(["http://user@example.org/", "http://user:word@example.org/", "http://example.org:80@127.0.0.1/"])(
    "%s with credentials is not opened",
    (url) => {
      expect(() => parseUrl(url, ["http:"])).toThrow(expect.objectContaining({ reason: "credentials-in-url" }));
    },
  );

  it.each([
    ["http://example.org/", "example.org:80"],
    ["http://example.org:8080/a?b", "example.org:8080"],
    ["https://example.org/", "example.org:443"],
    ["https://example.org:80/", "example.org:80"],
    ["https://[2606:4700::1]/", "[2606:4700::1]:443"],
  ])("%s is named %s", (url, name) => {
    expect(nameOf(parseUrl(url, ["http:", "https:"]))).toBe(name);
  });

  it("that is too long to read stands shortened in the refusal", () => {
    const url = `nothing:${"x".repeat(1000)}`;
    expect(() => parseUrl(url, ["http:"])).toThrow(expect.objectContaining({ target: `${url.slice(0, 100)}…` }));
  });
});

describe("the target of a tunnel", () => {
  it.each([
    ["example.org:443", "example.org:443"],
    ["example.org:80", "example.org:80"],
    ["[::1]:443", "[::1]:443"],
    ["0x7f.1:08443", "127.0.0.1:8443"],
  ])("%s is %s", (authority, name) => {
    expect(nameOf(parseAuthority(authority))).toBe(name);
  });

  it.each([
    "example.org",
    "example.org:",
    ":443",
    "example.org:99999",
    "example.org:443/path",
    "example.org:443?x",
    "user@example.org:443",
    "example.org\\@127.0.0.1:443",
    "http://example.org:443",
    "exa mple.org:443",
    "::1:443",
  ])("%s is none", (authority) => {
    expect(() => parseAuthority(authority)).toThrow(expect.objectContaining({ reason: "invalid-url" }));
  });
});
