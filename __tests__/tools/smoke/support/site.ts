import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll } from "@jest/globals";

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What a site answers, by path and query; several answers are given one after the other, the last one for good. */
export type Answers = Record<string, Answer | [Answer, ...Answer[]]>;

/** The next answer to a path; 404 where there is none. */
export function takeAnswer(answers: Answers, path: string): Answer {
  const given = answers[path] ?? { status: 404 };
  if (!Array.isArray(given)) return given;
  const [first, second, ...others] = given;
  if (second) answers[path] = [second, ...others];
  return first;
}

/** A server on this machine for all tests of a file or a `describe`. @returns its URL, while they run */
export function serve(listener: RequestListener): () => string {
  const server = createServer(listener);
  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
