import { type RequestListener, createServer } from "node:http";
import { type AddressInfo, type Server, type Socket, createServer as createTcpServer } from "node:net";

/** A server on this machine that a test has for itself. */
export interface TestServer {
  readonly url: URL;
  /** Connections that it has had so far */
  readonly connections: () => number;
  /** Ends it at once, with every connection */
  readonly close: () => Promise<void>;
}

/** A web server that answers as it is told. @param requestsPerConnection after which it closes one. Default: any number */
export async function serve(answer: RequestListener, requestsPerConnection = 0): Promise<TestServer> {
  const server = createServer(answer);
  server.maxRequestsPerSocket = requestsPerConnection;
  return listening(server);
}

/** A server that does as it is told as soon as a request has come in. */
export async function serveRaw(answer: (socket: Socket) => void): Promise<TestServer> {
  const server = createTcpServer((socket) => {
    socket.once("data", () => {
      answer(socket);
    });
  });
  return listening(server);
}

/** A URL at which nobody listens. */
export async function emptyUrl(): Promise<URL> {
  const { url, close } = await serve(() => undefined);
  await close();
  return url;
}

async function listening(server: Server): Promise<TestServer> {
  let connections = 0;
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    connections++;
    open.add(socket);
    // It is the client that is looked at.
    socket.on("error", () => undefined).on("close", () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}/`),
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of open) socket.destroy();
      }),
  };
}
