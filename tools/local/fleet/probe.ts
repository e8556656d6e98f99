import { get } from "node:http";

/**
 * Asks a service on this machine by HTTP and answers its status code, or undefined when there was no answer in time.
 * The connection is closed afterwards.
 */
export function probe(port: number, path: string, timeoutMs: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = get({ host: "127.0.0.1", port, path, agent: false, timeout: timeoutMs }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.once("timeout", () => request.destroy());
    request.once("close", () => {
      resolve(undefined);
    });
    // "close" follows; why it failed does not matter to a health check.
    request.once("error", () => undefined);
  });
}
