import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "../../shared/logger";
import { createApp, type AppOptions } from "./app";

export type ServerOptions = Omit<AppOptions, "healthy">;

/** The HTTP server with its life cycle. */
export class ImageryServer {
  private readonly http: Server;
  private stopping = false;

  constructor(options: ServerOptions) {
    const app = createApp({ ...options, healthy: () => !this.stopping });
    this.http = createHttpServer((request, response) => {
      if (this.stopping) response.setHeader("Connection", "close");
      logRequest(options.logger, request, response);
      app(request, response);
    });
    // Longer than the load balancer's idle timeout (60 s): were the server the first to close an idle connection, a request
    // sent at that moment would be answered with 502.
    this.http.keepAliveTimeout = 65_000;
    this.http.headersTimeout = 70_000;
    // The whole of a request: 10 MiB over a slow phone connection.
    this.http.requestTimeout = 300_000;
  }

  /**
   * Begins to listen.
   * @param host default: every address
   * @returns the port
   */
  async listen(port: number, host?: string): Promise<number> {
    this.http.listen(port, host);
    await once(this.http, "listening");
    return (this.http.address() as AddressInfo).port;
  }

  /** Takes no more connections, closes those without a request, and resolves when every request in hand is answered. */
  async close(): Promise<void> {
    this.stopping = true;
    const closed = once(this.http, "close");
    this.http.close();
    // A connection that was busy until now stays open for a next request unless it is closed when it becomes idle.
    const closeIdle = setInterval(() => {
      this.http.closeIdleConnections();
    }, 100);
    await closed;
    clearInterval(closeIdle);
  }
}

/** One line per request, when its answer is complete or its connection is gone. Looks at the health are too many to log. */
function logRequest(logger: Logger, request: IncomingMessage, response: ServerResponse): void {
  if (request.url === "/health") return;
  const start = performance.now();
  response.once("close", () => {
    // Express leaves the route that answered on the request.
    const { route: matched } = request as IncomingMessage & { route?: { path: string } };
    const route = matched?.path ?? request.url?.split("?", 1)[0];
    const ms = Math.round((performance.now() - start) * 10) / 10;
    const aborted = !response.writableFinished;
    logger.info(
      { method: request.method, route, status: response.statusCode, ms, ...(aborted && { aborted }) },
      "request",
    );
  });
}
