/** Takes one line of text for people. */
export type Log = (line: string) => void;

const hidden = new Set(["level", "time", "pid", "hostname", "msg", "service", "name", "v"]);

/** Makes a short line of one that a service printed: pino's JSON is rewritten, anything else is left as it is. */
export function readable(line: string): string {
  if (!line.startsWith("{")) return line;
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line) as Record<string, unknown>;
  } catch {
    // Not JSON after all: shown as it is.
    return line;
  }
  const details = Object.entries(entry)
    .filter(([key]) => !hidden.has(key))
    .map(([key, value]) => `${key}=${shorten(value)}`);
  return [levelName(entry.level), text(entry.msg), ...details].filter((part) => part !== "").join(" ");
}

function levelName(level: unknown): string {
  const names: Record<string, string> = { 10: "trace", 20: "debug", 30: "", 40: "warn", 50: "error", 60: "fatal" };
  const name = typeof level === "number" ? (names[level] ?? String(level)) : text(level);
  return name === "info" ? "" : name;
}

/** An error is its message; everything else is JSON, without quotes around a plain string. */
function shorten(value: unknown): string {
  if (typeof value === "string") return value;
  if (value !== null && typeof value === "object" && "message" in value) return JSON.stringify(value.message);
  return JSON.stringify(value);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Cuts a stream of text into lines. */
export class Lines {
  private rest = "";

  constructor(private readonly each: (line: string) => void) {}

  push(chunk: string): void {
    const lines = (this.rest + chunk).split("\n");
    this.rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") this.each(line);
  }
}
