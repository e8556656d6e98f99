import type { Refusal } from "../../../../app-src/url2png/network/refusal";

export interface HostileUrl {
  readonly url: string;
  readonly reason: Refusal["reason"];
}

const all = (reason: HostileUrl["reason"], urls: readonly string[]): HostileUrl[] =>
  urls.map((url) => ({ url, reason }));

/** URLs that are refused as they stand. @param port of the canary, at 127.0.0.1 and ::1 */
export function hostileUrls(port: number): HostileUrl[] {
  return [
    ...all("address-not-allowed", [
      // Loopback, however it is spelled.
      `http://127.0.0.1:${port}/`,
      `http://127.1:${port}/`,
      `http://127.0.1:${port}/`,
      `http://127.8.9.10:${port}/`,
      `http://0177.0.0.1:${port}/`,
      `http://00000177.0.0.1:${port}/`,
      `http://017700000001:${port}/`,
      `http://0x7f.0.0.1:${port}/`,
      `http://0x7f000001:${port}/`,
      `http://0x7F.0x0.0x0.0x1:${port}/`,
      `http://2130706433:${port}/`,
      `http://127.0.0.1.:${port}/`,
      `http://127%2e0%2e0%2e1:${port}/`,
      `http://１２７.０.０.１:${port}/`,
      `http://①②⑦.⓪.⓪.①:${port}/`,
      `http://127。0。0。1:${port}/`,
      `http:\\\\127.0.0.1:${port}\\`,
      ` http://127.0.0.1:${port}/ `,
      `http://1\t27.0.0.1:${port}/`,
      `https://127.0.0.1:${port}/`,
      `http://0.0.0.0:${port}/`,
      `http://0:${port}/`,
      `http://[::1]:${port}/`,
      `http://[0:0:0:0:0:0:0:1]:${port}/`,
      `http://[::]:${port}/`,
      // IPv4 inside IPv6.
      `http://[::ffff:127.0.0.1]:${port}/`,
      `http://[::ffff:7f00:1]:${port}/`,
      `http://[::127.0.0.1]:${port}/`,
      `http://[64:ff9b::127.0.0.1]:${port}/`,
      `http://[2002:7f00:1::]:${port}/`,
      `http://[2001:0:7f00:1::80ff:fffe]:${port}/`,
      "http://[::ffff:169.254.169.254]/latest/meta-data/",
      "http://[64:ff9b::a9fe:a9fe]/latest/meta-data/",
      // The machine's metadata and credentials.
      "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
      "http://0xa9fea9fe/latest/meta-data/",
      "http://2852039166/latest/meta-data/",
      "http://0251.0376.0251.0376/latest/meta-data/",
      "http://169.254.170.2/v2/credentials/",
      "http://[fd00:ec2::254]/latest/meta-data/",
      // Networks that are nobody's or ours.
      "http://10.0.0.1/",
      "http://172.16.0.1/",
      "http://172.31.255.254/",
      "http://192.168.1.1/",
      "http://100.64.0.1/",
      "http://192.0.0.170/",
      "http://198.18.0.1/",
      "http://224.0.0.1/",
      "http://239.255.255.250/",
      "http://240.0.0.1/",
      "http://255.255.255.255/",
      "http://[fe80::1]/",
      "http://[fc00::1]/",
      "http://[fd12:3456:789a::1]/",
      "http://[fec0::1]/",
      "http://[ff02::1]/",
      "http://[2001:db8::1]/",
    ]),
    ...all("credentials-in-url", [`http://example.org@127.0.0.1:${port}/`, `http://user:password@example.org/`]),
    ...all("port-not-allowed", ["http://1.1.1.1:25/", "http://1.1.1.1:22/", "https://1.1.1.1:6379/"]),
    ...all("scheme-not-allowed", [
      "file:///etc/passwd",
      "file://127.0.0.1/etc/passwd",
      `view-source:http://127.0.0.1:${port}/`,
      "data:text/html,<h1>data</h1>",
      "javascript:fetch('/')",
      "about:blank",
      "chrome://version",
      "chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/index.html",
      "blob:http://127.0.0.1/6c0b4ff2-9a7c-4f0c-a4f5-111111111111",
      `ftp://127.0.0.1:${port}/`,
      `ws://127.0.0.1:${port}/`,
      `gopher://127.0.0.1:${port}/_GET`,
      `filesystem:http://127.0.0.1:${port}/temporary/x`,
    ]),
    ...all("invalid-url", [
      "",
      "http://",
      "http://[::1",
      "http://exa mple.org/",
      "127.0.0.1",
      `http://example.org/${"a".repeat(9000)}`,
    ]),
  ];
}
