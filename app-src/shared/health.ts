import { once } from "node:events";
import { createServer } from "node:http";

export interface HealthServer {
  close(): Promise<void>;
}

/** `GET /health`: 200 while the service works, else 503. */
export async function serveHealth(port: number, healthy: () => boolean): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const status = request.url !== "/health" ? 404 : healthy() ? 200 : 503;
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify({ healthy: status === 200 }));
  });
  server.listen(port);
  await once(server, "listening");
  return {
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
