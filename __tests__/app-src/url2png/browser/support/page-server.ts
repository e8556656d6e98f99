import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A page: its HTML, or what answers. */
export type Answer = string | RequestListener;

export interface PageServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** What was asked for, in order. */
  readonly requests: IncomingMessage[];
  close(): Promise<void>;
}

/** Serves pages by their paths on a loopback address. */
export async function servePages(pages: Readonly<Record<string, Answer>>): Promise<PageServer> {
  const requests: IncomingMessage[] = [];
  const server: Server = createServer((request, response) => {
    requests.push(request);
    const answer = pages[request.url ?? ""];
    if (typeof answer === "function") {
      answer(request, response);
      return;
    }
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "text/html" });
    response.end(answer ?? "<h1>There is no such page</h1>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Answers that send on to another place. */
export function redirect(location: string): RequestListener {
  return (_request, response) => {
    response.writeHead(302, { location }).end();
  };
}

/** Answers with a status and headers, and a short text. */
export function answer(status: number, headers: Readonly<Record<string, string>>): RequestListener {
  return (_request, response) => {
    response.writeHead(status, headers).end(status === 204 ? undefined : "a text");
  };
}

/** Begins a page, and never ends it. */
export function neverEnding(begin: string): RequestListener {
  return (_request, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.write(begin);
  };
}

/** Never answers. */
export function silent(): void {
  // Nothing is said.
}
