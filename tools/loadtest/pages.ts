import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Pages {
  /** Address of one of the pages; each number has its own colour and text */
  url(number: number): string;
  close(): Promise<void>;
}

/**
 * Pages to be photographed, on this machine: a heading, some text, a style sheet and a picture, each fetched by itself, as on
 * most pages.
 */
export async function servePages(host = "127.0.0.1"): Promise<Pages> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://pages");
    const [, kind = "", number = ""] = /^\/(page|style|picture)\/(\d+)$/.exec(pathname) ?? [];
    const make = CONTENT[kind];
    if (make === undefined) {
      response.writeHead(404).end();
      return;
    }
    const [type, body] = make(Number(number));
    response.writeHead(200, { "content-type": type }).end(body);
  });
  server.listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: (number) => `http://${host}:${port}/page/${number}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

const PARAGRAPH =
  "A queue holds the work, a fleet takes it, and the alarms on the queue say how large the fleet has to be. ";

const CONTENT: Readonly<Record<string, (number: number) => [type: string, body: string]>> = {
  page: (number) => [
    "text/html; charset=utf-8",
    `<!doctype html><html lang="en"><head><title>Page ${number}</title><link rel="stylesheet" href="/style/${number}"></head>` +
      `<body><h1>Page ${number}</h1><img src="/picture/${number}" alt="">${`<p>${PARAGRAPH.repeat(4)}</p>`.repeat(6)}</body></html>`,
  ],
  style: (number) => [
    "text/css",
    `body { margin: 3rem; font: 16px/1.5 sans-serif; color: #223; background: hsl(${hue(number)} 60% 94%) }` +
      `h1 { color: hsl(${hue(number)} 70% 30%) } img { float: right; width: 280px; margin: 0 0 1rem 2rem }`,
  ],
  picture: (number) => [
    "image/svg+xml",
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 70"><rect width="100" height="70" fill="hsl(${hue(number)} 60% 80%)"/>` +
      `<circle cx="${20 + (number % 60)}" cy="35" r="22" fill="hsl(${hue(number + 3)} 70% 45%)"/></svg>`,
  ],
};

function hue(number: number): number {
  return (number * 37) % 360;
}
