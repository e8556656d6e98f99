import { z } from "zod";

/** What every service reads. */
export const serviceVariables = {
  /** TCP port of the HTTP server (a worker serves only `/health` on it). */
  PORT: z.coerce.number().int().min(1).max(65_535),
  AWS_REGION: z.string().min(1),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace"]).default("info"),
};

/** Seconds for which a message in hand is hidden from other workers; renewed while it is worked on. */
export const visibilityTimeoutSeconds = z.coerce.number().int().min(10).max(43_200).default(120);

/**
 * A service's settings from environment variables.
 * @throws Error naming every variable that is missing or wrong, with the value found.
 */
export function loadConfig<T extends z.ZodType>(schema: T, environment: NodeJS.ProcessEnv): z.infer<T> {
  const result = schema.safeParse(environment);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const name = issue.path.join(".");
    return `  ${name}=${JSON.stringify(environment[name])}: ${issue.message}`;
  });
  throw new Error(`invalid configuration in the environment:\n${problems.join("\n")}`);
}
