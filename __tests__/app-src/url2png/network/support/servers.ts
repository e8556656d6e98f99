import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { platform } from "node:os";

/** Default: a free port of 127.0.0.1. */
interface Place {
  readonly host?: string;
  readonly port?: number;
}

export interface TestServer {
  readonly port: number;
  /** How many connections there have been. */
  readonly connections: number;
  close(): Promise<void>;
}

/** A server that does with each connection what it is told. */
export async function startTcpServer(
  onConnection: (socket: Socket) => void,
  { host = "127.0.0.1", port = 0 }: Place = {},
): Promise<TestServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket));
    onConnection(socket);
  });
  server.listen(port, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** An HTTP server. */
export async function startHttpServer(listener: RequestListener, place?: Place): Promise<TestServer> {
  const http = createHttpServer(listener);
  return await startTcpServer((socket) => http.emit("connection", socket), place);
}

/** A server that nobody may reach: whether anybody did is what tests look at. */
export async function startCanary(place?: Place): Promise<TestServer> {
  return await startHttpServer((_, response) => response.end("secret"), place);
}

/** A canary on the same port as another server, on another loopback address: Linux has many, other systems have `::1`. */
export async function startCanaryBeside({ port }: TestServer): Promise<{ host: string; canary: TestServer }> {
  const host = platform() === "linux" ? "127.0.0.2" : "::1";
  return { host, canary: await startCanary({ host, port }) };
}
