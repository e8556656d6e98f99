import { PassThrough } from "node:stream";

const ESCAPE = "\u001b";
/** Codes as log-update writes them, and ends of lines. */
const CONTROL = new RegExp(`(${ESCAPE}\\[[?0-9]*[A-Za-z]|\n)`);

/** A terminal that remembers what is written to it. */
export class Terminal extends PassThrough {
  readonly isTTY = true;
  readonly columns = 120;
  readonly rows = 30;
  /** Everything that was written, with the codes that move the cursor */
  written = "";

  constructor() {
    super();
    this.setEncoding("utf8").on("data", (text: string) => (this.written += text));
  }

  /** As the process's own stream, of which a log needs no more than this. */
  get stream(): NodeJS.WriteStream {
    return this as unknown as NodeJS.WriteStream;
  }

  /** The lines that stand on the screen in the end. */
  get screen(): string[] {
    const lines = [""];
    for (const part of this.written.split(CONTROL)) {
      const line = lines.length - 1;
      if (part === "\n") lines.push("");
      else if (part === `${ESCAPE}[2K`) lines[line] = "";
      else if (part === `${ESCAPE}[1A`) lines.pop();
      else if (!part.startsWith(ESCAPE)) lines[line] = `${lines[line] ?? ""}${part}`;
    }
    return lines.filter((line) => line !== "");
  }
}
