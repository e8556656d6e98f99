import http from "node:http";
import https from "node:https";
import { urlToHttpOptions } from "node:url";
import { type ErrorKind, kindOf, textOf } from "./error-kind";

/** What became of a request. */
export type Outcome =
  | { readonly kind: "answer"; readonly status: number; readonly location: string | undefined; readonly bytes: number }
  | { readonly kind: "error"; readonly error: ErrorKind; readonly message: string }
  /** The client was closed before there was an answer */
  | { readonly kind: "cut off" };

export interface ClientOptions {
  /** Requests that are on their way at the same time, at most */
  readonly concurrency: number;
  /** Milliseconds for one request, from its beginning to the last byte of the answer */
  readonly timeout: number;
  /** Whether a connection is used again */
  readonly keepAlive: boolean;
}

/** The name lets the owner of a server find, and stop, what comes from here. */
const HEADERS = { "user-agent": "steadfast-loadtest", accept: "*/*" };

/** Sends GET requests to one URL. It follows no redirection, so that nobody else gets a request. */
export class Client {
  readonly #get: typeof http.get;
  readonly #agent: http.Agent;
  readonly #request: http.RequestOptions;
  readonly #timeout: number;
  /** How to cut off each request that is on its way */
  readonly #onItsWay = new Set<() => void>();

  constructor(url: URL, { concurrency, timeout, keepAlive }: ClientOptions) {
    const { Agent, get } = url.protocol === "https:" ? https : http;
    this.#get = get;
    // A connection is free again a moment after its answer: the next request waits for it rather than open another. Where none is
    // used again, there is nothing to wait for.
    this.#agent = new Agent({ keepAlive, maxSockets: keepAlive ? concurrency : Infinity });
    this.#request = { ...urlToHttpOptions(url), agent: this.#agent, headers: HEADERS };
    this.#timeout = timeout;
  }

  /** One request. The body is counted, and forgotten at once. */
  get(): Promise<Outcome> {
    return new Promise((resolve) => {
      let bytes = 0;
      const end = (outcome: Outcome): void => {
        clearTimeout(timer);
        this.#onItsWay.delete(cutOff);
        resolve(outcome);
      };
      const fail = (error: Error): void => {
        end({ kind: "error", error: kindOf(error), message: textOf(error) });
      };
      const cutOff = (): void => {
        end({ kind: "cut off" });
        request.destroy();
      };
      const request = this.#get(this.#request, (response) => {
        const { statusCode: status = 0, headers } = response;
        response
          .on("data", (chunk: Buffer) => (bytes += chunk.length))
          .on("end", () => {
            end({ kind: "answer", status, location: headers.location, bytes });
          })
          .on("error", fail);
      }).on("error", fail);
      const timer = setTimeout(() => {
        end({ kind: "error", error: "time-out", message: `no answer within ${this.#timeout / 1000} s` });
        request.destroy();
      }, this.#timeout);
      this.#onItsWay.add(cutOff);
    });
  }

  /** Cuts off what is on its way, and closes every connection. */
  close(): void {
    for (const cutOff of this.#onItsWay) cutOff();
    this.#agent.destroy();
  }
}
