import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";

export interface HostileSite {
  /** `http://127.0.0.2:<port>`: loopback like the canary, but at an address that the gatekeeper is told to allow */
  readonly origin: string;
  readonly port: number;
  /** Paths that were asked for so far */
  readonly requested: readonly string[];
  close(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A site with the pages below, and whatever they need. */
export async function startHostileSite(pages: Readonly<Record<string, string | Handler>>): Promise<HostileSite> {
  const requested: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").replace(/\?.*/, "");
    requested.push(path);
    // Whoever goes away in the middle of an answer is what many of these pages are about.
    response.on("error", () => undefined);
    const page = Object.hasOwn(pages, path) ? pages[path] : HELPERS[path];
    if (typeof page === "function") page(request, response);
    else if (page !== undefined) response.setHeader("content-type", "text/html; charset=utf-8").end(page);
    else response.writeHead(404).end("nothing here");
  });
  const host = await listen(server);
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://${host}:${port}`,
    port,
    requested,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: ReturnType<typeof createServer>): Promise<string> {
  try {
    server.listen(0, SITE_ADDRESS);
    await once(server, "listening");
    return SITE_ADDRESS;
  } catch (error) {
    throw new Error(
      `This machine has no ${SITE_ADDRESS}; on macOS: sudo ifconfig lo0 alias ${SITE_ADDRESS} (${(error as Error).message})`,
      { cause: error },
    );
  }
}

export const SITE_ADDRESS = "127.0.0.2";

export function redirectTo(location: string, status = 302): Handler {
  return (_, response) => {
    response.writeHead(status, { location }).end();
  };
}

/** Redirects to itself for ever, with another query each time so that the browser does not see a loop. */
export const endlessRedirect: Handler = (request, response) => {
  const count = Number(new URL(request.url ?? "/", "http://site").searchParams.get("n") ?? 0);
  response.writeHead(302, { location: `${(request.url ?? "/").replace(/\?.*/, "")}?n=${count + 1}` }).end();
};

/** Sends for as long as it is listened to, as fast as it is taken. @param headers of the answer */
export function endless(headers: Record<string, string>, chunk: Buffer | string, before = ""): Handler {
  return (_, response) => {
    response.writeHead(200, headers);
    response.write(before);
    const more = (): void => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on("drain", more);
    more();
  };
}

/** Sends so many bytes of an ordinary looking page. */
export function large(bytes: number): Handler {
  const chunk = Buffer.from(`<p>${"a large page ".repeat(5000)}</p>`);
  return (_, response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-length": String(bytes) });
    let left = bytes;
    const more = (): void => {
      while (left > 0 && !response.destroyed) {
        const part = chunk.subarray(0, left);
        left -= part.length;
        if (!response.write(part)) return;
      }
      if (left <= 0) response.end();
    };
    response.on("drain", more);
    more();
  };
}

/** A page of that many bytes, a thousandth of it on the wire. */
export function compressed(bytes: number): Handler {
  // Members of a gzip file may follow one another, and each of these is 16 MiB of the same.
  const member = gzipSync(Buffer.alloc(16 * 1024 * 1024, "<p>bomb</p>"));
  return (_, response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-encoding": "gzip" });
    for (let sent = 0; sent < bytes; sent += 16 * 1024 * 1024) response.write(member);
    response.end();
  };
}

/** Takes the request and says nothing. */
export const silent: Handler = () => undefined;

/** Sends a header line a second and never comes to the end of them. */
export const slowHeaders: Handler = (request) => {
  const { socket } = request;
  socket.write("HTTP/1.1 200 OK\r\n");
  const timer = setInterval(() => socket.write("x-more: 1\r\n"), 200);
  socket.once("close", () => {
    clearInterval(timer);
  });
};

/** An answer that is none. */
export function raw(text: string): Handler {
  return ({ socket }) => {
    socket.end(text);
  };
}

const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=",
  "base64",
);

/** Files that pages here refer to. */
const HELPERS: Readonly<Record<string, Handler>> = {
  /** Holds a page's load event back, so that all that the page tries has been tried when it is photographed. */
  "/later.png": (_, response) => {
    setTimeout(() => response.setHeader("content-type", "image/png").end(PIXEL), LATER_MS);
  },
};

const LATER_MS = 400;
