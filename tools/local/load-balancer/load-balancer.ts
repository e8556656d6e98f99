import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  Agent,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
  createServer,
  request as send,
} from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";
import type { TargetGroup } from "./target-group";
import { TrafficCounter } from "./traffic";

/** Time without a byte after which an Application Load Balancer gives up on a target, and closes a client's connection. */
const idleTimeoutMs = 60_000;

/** Headers that belong to one connection and are not passed on. */
const hopByHop = ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "te", "trailer"];

/** An Application Load Balancer with one HTTP listener that forwards everything to one target group. */
export class LoadBalancer {
  /** What has passed through it */
  readonly traffic = new TrafficCounter();
  private readonly agent = new Agent({ keepAlive: true });
  private readonly server: Server = createServer((request, response) => {
    this.serve(request, response);
  });

  /** @param targets where the requests go */
  constructor(readonly targets: TargetGroup) {
    // Node's own 5 s end so soon that a client's next request meets a connection that is being closed.
    this.server.keepAliveTimeout = idleTimeoutMs;
  }

  /**
   * Starts listening.
   * @param port 0 for a free one
   * @throws Error with code EADDRINUSE when the port is taken
   */
  async listen(port: number): Promise<void> {
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
  }

  /** The port at which it listens */
  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Takes no new connections, ends the open ones, and frees the port. */
  async close(): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    this.agent.destroy();
    await closed;
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const lease = this.targets.lease();
    if (lease === undefined) {
      this.traffic.failed(false);
      answer(request, response, 503, "Service Temporarily Unavailable");
      return;
    }
    response.once("close", lease.release);
    const start = performance.now();
    const upstream = send({
      host: "127.0.0.1",
      port: lease.port,
      method: request.method,
      path: request.url,
      headers: this.headersFor(request),
      agent: this.agent,
      timeout: idleTimeoutMs,
    });
    let timedOut = false;
    upstream.once("timeout", () => {
      timedOut = true;
      upstream.destroy();
    });
    upstream.once("error", () => {
      // A client that went away is nobody's error.
      if (!response.headersSent && !response.destroyed) this.traffic.failed(true);
      if (response.headersSent) response.destroy();
      else if (timedOut) answer(request, response, 504, "Gateway Time-out");
      else answer(request, response, 502, "Bad Gateway");
    });
    upstream.once("response", (incoming) => {
      this.traffic.answered(incoming.statusCode ?? 502, (performance.now() - start) / 1000);
      response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, withoutHopByHop(incoming.headers));
      pipeline(incoming, response, () => {
        if (!upstream.writableFinished) upstream.destroy();
      });
    });
    // A client that goes away takes its request with it.
    response.once("close", () => {
      if (!response.writableFinished) upstream.destroy();
    });
    // So does one that stops sending, which it may do once it has an answer.
    request.once("close", () => {
      if (!request.complete) upstream.destroy();
    });
    // A target that answers early does not get the rest, which Node cannot send any more; it is read here instead, so that
    // the client's connection can be used again.
    upstream.once("close", () => {
      request.unpipe(upstream);
      request.resume();
    });
    request.pipe(upstream);
  }

  private headersFor(request: IncomingMessage): OutgoingHttpHeaders {
    const client = (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
    const before = request.headers["x-forwarded-for"];
    return {
      ...withoutHopByHop(request.headers),
      "x-forwarded-for": before === undefined ? client : `${String(before)}, ${client}`,
      "x-forwarded-proto": "http",
      "x-forwarded-port": String(this.port),
      "x-amzn-trace-id":
        request.headers["x-amzn-trace-id"] ??
        `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString("hex")}`,
    };
  }
}

function answer(request: IncomingMessage, response: ServerResponse, status: number, title: string): void {
  // What is left of the request is not read: the connection cannot be used again.
  response.writeHead(status, { "content-type": "text/html", connection: "close", server: "awselb/2.0" });
  response.end(`<html><head><title>${status} ${title}</title></head><body><h1>${status} ${title}</h1></body></html>\n`);
  request.resume();
}

function withoutHopByHop(headers: IncomingMessage["headers"]): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.includes(name)));
}
