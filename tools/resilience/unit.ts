import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseTimeSpan } from "../local/fleet/systemd-unit";
import { RESTART_DELAY } from "./figures";

/** What a systemd unit says of a service's failures and of its data. */
export interface Unit {
  /** Whether systemd starts it again after a crash */
  readonly restarts: boolean;
  /** Seconds until then */
  readonly restartDelay: number;
  /** Folders that it keeps data in: `StateDirectory=`, `RequiresMountsFor=`, and `ReadWritePaths=` below /var/lib and /srv */
  readonly dataFolders: readonly string[];
}

/**
 * Reads a unit from the image that has it, drop-ins included.
 * @param images holds a folder of units for each image
 * @returns undefined for a unit that is in none, such as one of a package
 */
export function readUnit(images: string, name: string): Unit | undefined {
  const folder = readdirSync(images, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(images, entry.name))
    .find((path) => existsSync(join(path, `${name}.service`)));
  if (folder === undefined) return undefined;
  const file = join(folder, `${name}.service`);
  const dropIns = `${file}.d`;
  const files = [file, ...(existsSync(dropIns) ? readdirSync(dropIns).map((entry) => join(dropIns, entry)) : [])];
  return parseUnit(files.map((path) => readFileSync(path, "utf8")).join("\n"), file);
}

/** @param file for error messages */
export function parseUnit(text: string, file: string): Unit {
  const values = (key: string): string[] =>
    [...text.matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].map(([, value = ""]) => value.trim());
  const words = (key: string): string[] => values(key).flatMap((value) => value.split(/\s+/).filter(Boolean));
  const delay = values("RestartSec").at(-1);
  return {
    restarts: /^(always|on-failure|on-abnormal|on-abort|on-watchdog)$/.test(values("Restart").at(-1) ?? "no"),
    restartDelay: delay === undefined ? RESTART_DELAY : parseTimeSpan(delay, file),
    dataFolders: [
      ...new Set([
        ...words("StateDirectory").map((folder) => `/var/lib/${folder.split(":")[0] ?? ""}`),
        ...words("RequiresMountsFor"),
        ...words("ReadWritePaths")
          .map((path) => path.replace(/^[-+]+/, ""))
          .filter((path) => /^\/(var\/lib|srv)\//.test(path)),
      ]),
    ],
  };
}
