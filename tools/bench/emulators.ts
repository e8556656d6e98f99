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
  const script = fileURLToPath(new URL("emulators-process.ts", import.meta.url));
  const child = start(
    process.execPath,
    ["--no-warnings", "--max-semi-space-size=64", "--import", "tsx", script, photoFile, String(photos)],
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
