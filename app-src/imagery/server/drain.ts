import type { IncomingMessage } from "node:http";

const MAX_BYTES = 32 * 1024 * 1024;
const MAX_MILLISECONDS = 10_000;

/**
 * Reads the rest of a request that is refused, into the void. A client that is still sending when its connection is closed sees
 * a reset instead of the answer; one that does not stop soon is cut off all the same.
 */
export function drain(request: IncomingMessage): void {
  request.unpipe();
  if (!request.complete) {
    const cutOff = setTimeout(() => request.destroy(), MAX_MILLISECONDS);
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) request.destroy();
    });
    request.once("close", () => {
      clearTimeout(cutOff);
    });
  }
  request.resume();
}
