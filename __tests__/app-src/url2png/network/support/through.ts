import { once } from "node:events";
import { request, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import type { Passage } from "../../../../../app-src/url2png/network/passage";

export interface Response {
  readonly status: number | undefined;
  /** The reason of a refusal. */
  readonly reason: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
}

/** Sends a request for a whole URL, as a browser does to its proxy, and waits for the head of the answer. */
export async function headThrough(
  passage: Passage,
  url: string,
  options: RequestOptions = {},
): Promise<IncomingMessage> {
  const { hostname, port } = new URL(passage.proxyUrl);
  const { method = "GET", headers, body } = options;
  const outgoing = request({ hostname, port, path: url, method, headers, agent: false });
  outgoing.end(body);
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  return response;
}

/** The same, with the whole answer. */
export async function requestThrough(passage: Passage, url: string, options?: RequestOptions): Promise<Response> {
  const response = await headThrough(passage, url, options);
  return {
    status: response.statusCode,
    reason: response.headers["x-url2png-refusal"]?.toString(),
    headers: response.headers,
    body: await text(response),
  };
}

export interface Tunnel {
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly socket: Socket;
}

/** Asks for a tunnel. */
export async function tunnelThrough(passage: Passage, authority: string): Promise<Tunnel> {
  const { hostname, port } = new URL(passage.proxyUrl);
  const outgoing = request({ hostname, port, path: authority, method: "CONNECT", agent: false });
  outgoing.end();
  const [response, socket, head] = (await once(outgoing, "connect")) as [IncomingMessage, Socket, Buffer];
  socket.unshift(head);
  socket.on("error", () => socket.destroy());
  return { status: response.statusCode, reason: response.headers["x-url2png-refusal"]?.toString(), socket };
}

/** Sends these bytes to the proxy and returns all that comes back. */
export async function rawThrough(passage: Passage, bytes: string): Promise<string> {
  const { hostname, port } = new URL(passage.proxyUrl);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  socket.end(bytes);
  return await text(socket);
}
