import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";

/** A server that nobody may reach. */
export interface Canary {
  readonly port: number;
  /** Connections and datagrams so far, each with where it came from */
  readonly visits: readonly string[];
  close(): Promise<void>;
}

/**
 * Listens at 127.0.0.1 for TCP connections and for datagrams, on one port; at ::1 as well where the machine has IPv6. A
 * connection counts, whatever it is for.
 */
export async function startCanary(): Promise<Canary> {
  const visits: string[] = [];
  const tcp = createServer((socket) => {
    visits.push(`tcp ${socket.localAddress ?? ""}`);
    socket.on("error", () => undefined); // a visitor that is gone has been counted all the same
    socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
  });
  tcp.listen(0, "127.0.0.1");
  await once(tcp, "listening");
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket("udp4", (_, { address }) => visits.push(`udp from ${address}`));
  udp.bind(port, "127.0.0.1");
  await once(udp, "listening");
  const tcp6 = createServer((socket) => {
    visits.push("tcp ::1");
    socket.destroy();
  });
  const hasIPv6 = await new Promise<boolean>((resolve) => {
    tcp6.once("error", () => {
      resolve(false);
    });
    tcp6.listen({ port, host: "::1", ipv6Only: true }, () => {
      resolve(true);
    });
  });
  return {
    port,
    visits,
    async close() {
      await Promise.all([
        new Promise((resolve) => tcp.close(resolve)),
        new Promise<void>((resolve) => udp.close(resolve)),
        ...(hasIPv6 ? [new Promise((resolve) => tcp6.close(resolve))] : []),
      ]);
    },
  };
}
