import { readFileSync } from "node:fs";

/** What a service unit says that matters for starting and stopping its process. */
export interface ServiceUnit {
  /** The command and its arguments */
  readonly command: readonly string[];
  readonly workingDirectory: string | undefined;
  /** `Environment=` */
  readonly environment: Readonly<Record<string, string>>;
  /** `EnvironmentFile=`, without the "-" of an optional one */
  readonly environmentFiles: readonly string[];
  readonly killSignal: NodeJS.Signals;
  /** Milliseconds between the kill signal and SIGKILL */
  readonly stopTimeoutMs: number;
  readonly restart: string;
  /** Everything as it stands in the file, by section and key, in order */
  readonly sections: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
}

/** Reads a unit file. Errors name the file. */
export function readServiceUnit(file: string): ServiceUnit {
  return parseServiceUnit(readFileSync(file, "utf8"), file);
}

/**
 * Parses the text of a `.service` unit, as systemd.syntax(7) describes it.
 * @throws Error for what would start something else here than there: specifiers (%i), command prefixes, several commands
 */
export function parseServiceUnit(text: string, file: string): ServiceUnit {
  const sections = parseSections(text, file);
  const service = sections.get("Service");
  const all = (key: string): readonly string[] => service?.get(key) ?? [];
  const last = (key: string): string | undefined => all(key).at(-1);
  const commands = all("ExecStart").filter((command) => command !== "");
  const [exec] = commands;
  if (exec === undefined || commands.length > 1) {
    throw new Error(`${file}: needs exactly one ExecStart= in [Service], has ${commands.length}`);
  }
  if (/^[-@:+!|]/.test(exec)) throw new Error(`${file}: the prefix in ExecStart=${exec} is not supported`);
  return {
    command: splitWords(exec, file),
    workingDirectory: last("WorkingDirectory"),
    environment: Object.fromEntries(
      all("Environment")
        .flatMap((line) => splitWords(line, file))
        .map((assignment) => splitAssignment(assignment, file)),
    ),
    environmentFiles: all("EnvironmentFile").map((path) => path.replace(/^-/, "")),
    killSignal: (last("KillSignal") ?? "SIGTERM") as NodeJS.Signals,
    stopTimeoutMs: parseTimeSpan(last("TimeoutStopSec") ?? "90s", file) * 1000,
    restart: last("Restart") ?? "no",
    sections,
  };
}

function parseSections(text: string, file: string): Map<string, Map<string, string[]>> {
  const sections = new Map<string, Map<string, string[]>>();
  let current: Map<string, string[]> | undefined;
  const lines = text.replace(/\\\n/g, " ").split("\n");
  for (const [index, line] of lines.entries()) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#") || trimmed.startsWith(";")) continue;
    const section = /^\[(.+)\]$/.exec(trimmed)?.[1];
    if (section !== undefined) {
      current = sections.get(section) ?? new Map<string, string[]>();
      sections.set(section, current);
      continue;
    }
    const [, key, value] = /^([A-Za-z0-9-]+)\s*=\s*(.*)$/.exec(trimmed) ?? [];
    if (key === undefined || value === undefined || current === undefined) {
      throw new Error(`${file}:${index + 1}: expected [Section] or Key=value, got ${JSON.stringify(trimmed)}`);
    }
    // An empty value takes back what was said before, as in systemd.
    current.set(key, value === "" ? [] : [...(current.get(key) ?? []), value]);
  }
  return sections;
}

function splitWords(text: string, file: string): string[] {
  const words = text.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) => {
    if (/(?<!%)%(%%)*[^%]/.test(word)) throw new Error(`${file}: the specifier in ${word} is not supported`);
    if (word.includes("$")) throw new Error(`${file}: the variable in ${word} is not supported`);
    return word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2").replaceAll("%%", "%");
  });
}

/** Parses the content of an environment file: `NAME=value` lines, comments, optional quotes. */
export function parseEnvironmentFile(text: string, file: string): Record<string, string> {
  const lines = text.split("\n").map((line) => line.trim());
  const assignments = lines.filter((line) => line !== "" && !line.startsWith("#") && !line.startsWith(";"));
  return Object.fromEntries(
    assignments.map((line) => {
      const [name, value] = splitAssignment(line, file);
      return [name, /^(["']).*\1$/.test(value) ? value.slice(1, -1) : value];
    }),
  );
}

function splitAssignment(text: string, file: string): [name: string, value: string] {
  const at = text.indexOf("=");
  if (at < 1) throw new Error(`${file}: expected NAME=value, got ${JSON.stringify(text)}`);
  return [text.slice(0, at), text.slice(at + 1)];
}

const unitSeconds: Record<string, number> = { "": 1, s: 1, sec: 1, ms: 0.001, m: 60, min: 60, h: 3600 };

/** Seconds of a time span such as "30", "30s", "1min 30s"; "infinity" is Infinity. */
export function parseTimeSpan(text: string, file: string): number {
  if (text === "infinity") return Infinity;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)/g)];
  const seconds = parts.map(([, amount, unit = ""]) => Number(amount) * (unitSeconds[unit] ?? NaN));
  const sum = seconds.reduce((total, part) => total + part, 0);
  if (parts.length === 0 || Number.isNaN(sum)) throw new Error(`${file}: ${JSON.stringify(text)} is not a time span`);
  return sum;
}
