import type { IncomingMessage } from "node:http";

const MAX_BYTES = 32 * 1024 * 1024;
const MAX_MILLISECONDS = 10_000;

/**
 * Reads the rest of a request that is refused, into the void. A client that is still sending when its connection is closed sees
 * a reset instead of the answer; one that does not stop soon is cut off all the same.
 */
export function drain(request: IncomingMessage): void {
  if (request.destroyed) return;
  request.unpipe();
  request.resume();
  if (request.complete) return;

  const { socket } = request;
  const cutOff = setTimeout(() => socket.destroy(), MAX_MILLISECONDS);
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) socket.destroy();
  });
  // Once it is answered, a request does not hear of the end of its connection.
  const done = (): void => {
    clearTimeout(cutOff);
    request.off("end", done);
    socket.off("close", done);
  };
  request.once("end", done);
  socket.once("close", done);
}
