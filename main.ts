import { fileURLToPath } from "node:url";
import { App } from "cdktf";
import { SettingsError, loadEnvironment } from "./environments";
import { STACKS } from "./stacks";

export interface AppOptions {
  /** Folder for the synthesized stacks. Default: `cdktf.out`, or what the CDKTF command says. */
  readonly outdir?: string;
  /** Default: the environment variable `ENVIRONMENT`, else `dev`. */
  readonly environment?: string;
  /** Names of the stacks that are wanted; others cost time. Default: all */
  readonly stacks?: readonly string[];
}

/**
 * The app with every stack of the chosen environment, not yet synthesized.
 * @throws SettingsError for an environment that is unknown or not valid
 */
export function createApp({
  outdir,
  environment = process.env.ENVIRONMENT ?? "dev",
  stacks = Object.keys(STACKS),
}: AppOptions = {}): App {
  const app = new App(outdir === undefined ? {} : { outdir });
  const settings = loadEnvironment(environment);
  for (const [name, Architecture] of Object.entries(STACKS)) {
    if (stacks.includes(name)) new Architecture(app, name, { environment: settings });
  }
  return app;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    createApp().synth();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  }
}
