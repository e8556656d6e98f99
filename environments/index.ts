import { dev } from "./dev";
import { environmentSchema, type Environment, type EnvironmentSettings } from "./environment";
import { prod } from "./prod";

export type { Environment, EnvironmentSettings } from "./environment";

const ENVIRONMENTS: Readonly<Record<string, EnvironmentSettings>> = { dev, prod };

/** Every environment's name, in the order in which a release reaches them. */
export const ENVIRONMENT_NAMES: readonly string[] = Object.keys(ENVIRONMENTS);

/** A setting, or the choice of an environment, that is not possible. Its message is all that its reader needs. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

/**
 * Checks settings and fills in their defaults.
 * @throws SettingsError naming the environment and each wrong setting: its value and what is allowed.
 */
export function parseEnvironment(settings: EnvironmentSettings): Environment {
  const result = environmentSchema.safeParse(settings);
  if (result.success) return result.data;
  const values: Record<string, unknown> = { ...settings };
  const problems = result.error.issues.map((issue) => {
    const [setting] = issue.path;
    const got = setting === undefined ? "" : ` (got ${JSON.stringify(values[String(setting)])})`;
    return `  ${issue.path.join(".") || "settings"}: ${issue.message}${got}`;
  });
  throw new SettingsError(`environment "${settings.name}" is not valid:\n${problems.join("\n")}`);
}

/**
 * The environment of this name.
 * @throws SettingsError when there is none, or when its settings are not valid
 */
export function loadEnvironment(name: string): Environment {
  const settings = Object.hasOwn(ENVIRONMENTS, name) ? ENVIRONMENTS[name] : undefined;
  if (!settings) {
    throw new SettingsError(
      `ENVIRONMENT is "${name}"; allowed: ${Object.keys(ENVIRONMENTS).join(", ")} (see environments/)`,
    );
  }
  return parseEnvironment(settings);
}
