import { once } from "node:events";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Budget } from "./budget";
import { asRefused, dial } from "./dial";
import { passedOn } from "./headers";
import type { NetworkLimits } from "./limits";
import { isFailure, Refused, REFUSAL_HEADER } from "./refusal";
import type { Routes } from "./routes";
import { nameOf, parseAuthority, parseUrl, type Target } from "./target";

/** Bytes of headers, of the browser and of servers. Some real pages need more than Node's 16 KiB. */
const MAX_HEADER_BYTES = 64 * 1024;

/**
 * An HTTP proxy that goes only where `routes` leads, within `budget`. Plain HTTP comes as a request for a whole URL; https, ws and
 * wss come as CONNECT.
 */
export class FilteringProxy {
  private readonly server: Server;
  /** Connections from the browser. */
  private readonly clients = new Set<Socket>();
  /** Connections to servers. */
  private readonly upstreams = new Set<Socket>();
  /** How many there are to servers, those included whose name is being resolved. */
  private connections = 0;

  constructor(
    private readonly routes: Routes,
    private readonly budget: Budget,
    private readonly limits: NetworkLimits,
  ) {
    this.server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
      void this.forward(request, response);
    });
    this.server.on("connect", (request: IncomingMessage, _socket: Duplex, head: Buffer) => {
      void this.tunnel(request, head);
    });
    this.server.on("connection", (socket) => {
      track(this.clients, socket);
    });
    // The browser keeps its connections for as long as its page lives.
    this.server.keepAliveTimeout = limits.lifetimeMs;
    budget.signal.addEventListener("abort", () => {
      for (const socket of this.upstreams) socket.destroy(budget.refusedByVerdict(""));
    });
  }

  /** Begins to listen, on a free port of 127.0.0.1. @returns the port */
  async listen(): Promise<number> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return (this.server.address() as AddressInfo).port;
  }

  /** Destroys everything that is open. */
  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, "close");
    this.server.close();
    for (const socket of [...this.clients, ...this.upstreams]) socket.destroy();
    await closed;
  }

  private async forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let target: Target | undefined;
    try {
      this.budget.takeRequest();
      target = parseUrl(request.url ?? "", ["http:"]);
      const socket = await this.connect(target);
      response.once("close", () => socket.destroy());
      if (response.closed) socket.destroy();
      const answer = await this.exchange(request, target, socket);
      response.writeHead(answer.statusCode ?? 0, answer.statusMessage, passedOn(answer));
      await pipeline(answer, response);
    } catch (error) {
      if (response.headersSent || response.closed) {
        response.destroy(); // a body that is cut off, or a browser that does not wait
        return;
      }
      const { reason, message } = this.noted(error, target);
      response.writeHead(isFailure(reason) ? 502 : 403, {
        [REFUSAL_HEADER]: reason,
        "content-type": "text/plain; charset=utf-8",
        "cache-control": "no-store",
        connection: "close", // what is left of the request is not read
      });
      response.end(`${message}\n`);
    }
  }

  /** Sends the browser's request and waits for the head of the answer. */
  private async exchange(request: IncomingMessage, target: Target, socket: Socket): Promise<IncomingMessage> {
    const upstream = httpRequest({
      createConnection: () => socket,
      method: request.method,
      path: target.url.pathname + target.url.search,
      headers: {
        ...passedOn(request),
        // The URL's, whatever the request says, and the framing of the body that Node has read.
        host: target.url.host,
        ...("transfer-encoding" in request.headers && { "transfer-encoding": "chunked" }),
      },
      maxHeaderSize: MAX_HEADER_BYTES,
    });
    this.count(request).pipe(upstream);
    const name = nameOf(target);
    return await new Promise<IncomingMessage>((resolve, reject) => {
      upstream.on("error", reject);
      // An answer that switches protocols closes the request without an error.
      upstream.once("close", () => {
        reject(new Refused("invalid-response", `${name} did not answer the request.`, name));
      });
      upstream.once("response", (answer) => {
        resolve(this.count(answer));
      });
    });
  }

  private async tunnel(request: IncomingMessage, head: Buffer): Promise<void> {
    const client = request.socket;
    client.on("error", () => client.destroy()); // the browser has gone
    // What came with the request is the first that the server hears, even when nothing follows it.
    this.count(client).unshift(head);
    let target: Target | undefined;
    try {
      this.budget.takeRequest();
      target = parseAuthority(request.url ?? "");
      const server = await this.connect(target);
      if (client.destroyed) {
        server.destroy();
        return;
      }
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      this.join(client, server, target);
    } catch (error) {
      if (client.destroyed) return;
      const { reason } = this.noted(error, target);
      const status = isFailure(reason) ? "502 Bad Gateway" : "403 Forbidden";
      client.end(
        `HTTP/1.1 ${status}\r\n${REFUSAL_HEADER}: ${reason}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
      );
    }
  }

  /** Passes on both directions. Each can end by itself; when one side is gone, so is the other, after what it was sent. */
  private join(client: Socket, server: Socket, target: Target): void {
    server.on("error", (error) => {
      this.noted(error, target);
    });
    client.pipe(server);
    this.count(server).pipe(client);
    client.once("close", () => {
      server.destroySoon();
    });
    server.once("close", () => {
      client.destroySoon();
    });
  }

  /**
   * Connects to a target's checked addresses.
   * @throws Refused
   */
  private async connect(target: Target): Promise<Socket> {
    const name = nameOf(target);
    const ended = this.budget.refusedByVerdict(name);
    if (ended) throw ended;
    if (this.connections >= this.limits.connections) {
      const message = `The page had more than ${this.limits.connections} connections at once.`;
      throw new Refused("too-many-connections", message, name);
    }
    this.connections++;
    try {
      const addresses = await this.routes.find(target);
      const socket = await dial(addresses, target, {
        connectMs: this.limits.connectMs,
        idleMs: this.limits.idleMs,
        track: (dialled) => {
          track(this.upstreams, dialled);
          // The passage may have ended while the name was resolved.
          if (this.budget.verdict || !this.server.listening) dialled.destroy(this.budget.refusedByVerdict(name));
        },
      });
      socket.once("close", () => this.connections--);
      return socket;
    } catch (error) {
      this.connections--;
      throw error;
    }
  }

  /** Counts what is read of a stream, without reading it: that is for whoever pipes it. */
  private count<T extends Readable>(stream: T): T {
    stream.on("data", (chunk: Buffer) => {
      this.budget.takeBytes(chunk.length);
    });
    stream.pause();
    return stream;
  }

  private noted(error: unknown, target: Target | undefined): Refused {
    const refused = asRefused(error, target ? nameOf(target) : "");
    this.budget.note(refused);
    return refused;
  }
}

function track(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.once("close", () => sockets.delete(socket));
}
