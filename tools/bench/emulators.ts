import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { start } from "./processes";

export interface EmulatorsProcess {
  readonly process: ChildProcess;
  /** The variables that a service needs in order to use them. */
  readonly environment: NodeJS.ProcessEnv;
}

/** Starts the emulators in a process of their own, so that their work is not that of the service measured. */
export async function startEmulators(photoFile = "", photos = 0): Promise<EmulatorsProcess> {
  return startServices("emulators-process.ts", [photoFile, String(photos)]);
}

/** Starts what a service needs in a process of its own. @param file of this folder; it sends the service's environment */
export async function startServices(file: string, args: readonly string[]): Promise<EmulatorsProcess> {
  const script = fileURLToPath(new URL(file, import.meta.url));
  const child = start(
    process.execPath,
    ["--no-warnings", "--max-semi-space-size=64", "--import", "tsx", script, ...args],
    {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    },
  );
  const [environment] = (await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => {
      throw new Error(`the emulators ended with ${String(code)}`);
    }),
  ])) as [NodeJS.ProcessEnv];
  child.disconnect();
  return { process: child, environment };
}
