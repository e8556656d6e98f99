import type { Readable, Writable } from "node:stream";
import type { ConnectionTransport } from "puppeteer-core";

/**
 * Chromium's protocol over two pipes, each message ended by a zero byte. Nothing listens on a port, where others on the machine
 * could take the browser over; and a pipe closes with the worker, however that ends, and Chromium ends when its pipe closes.
 */
export class PipeTransport implements ConnectionTransport {
  onmessage?: (message: string) => void;
  onclose?: () => void;
  /** Called before puppeteer hears of the end by `onclose`, and fails whatever is under way. */
  onend?: () => void;
  private readonly parts: Buffer[] = [];

  constructor(
    private readonly commands: Writable,
    messages: Readable,
  ) {
    messages.on("data", (chunk: Buffer) => {
      this.receive(chunk);
    });
    messages.once("close", () => {
      this.onend?.();
      this.onclose?.();
    });
    // A pipe that breaks closes as well, and Chromium's end is seen by its process.
    for (const pipe of [commands, messages]) pipe.on("error", () => undefined);
  }

  send(message: string): void {
    this.commands.write(`${message}\0`);
  }

  close(): void {
    this.commands.end();
  }

  private receive(chunk: Buffer): void {
    let begin = 0;
    for (let end = chunk.indexOf(0); end !== -1; end = chunk.indexOf(0, begin)) {
      const message = Buffer.concat([...this.parts.splice(0), chunk.subarray(begin, end)]).toString("utf8");
      begin = end + 1;
      this.onmessage?.(message);
    }
    if (begin < chunk.length) this.parts.push(chunk.subarray(begin));
  }
}
