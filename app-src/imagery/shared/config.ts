import { availableParallelism } from "node:os";
import { z } from "zod";

const port = z.coerce.number().int().min(1).max(65_535);
const seconds = z.coerce.number().positive();

const common = {
  /** TCP port of the HTTP server (the worker serves only `/health` on it). */
  PORT: port,
  QUEUE_URL: z.url(),
  BUCKET: z.string().min(3),
  TABLE: z.string().min(3),
  AWS_REGION: z.string().min(1),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace"]).default("info"),
};

const serverSchema = z.object({
  ...common,
  /** Seconds between two looks for uploads whose message never reached the queue. */
  SWEEP_INTERVAL_SECONDS: seconds.default(10),
  /** Seconds after which an upload without a known message counts as forgotten; must exceed a slow upload request's tail. */
  SWEEP_AFTER_SECONDS: seconds.default(20),
});

const workerSchema = z.object({
  ...common,
  /** Images worked on at the same time. Default: one per core. */
  THREADS: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(() => availableParallelism()),
  /** Seconds for which a message in hand is hidden from other workers; renewed while it is worked on. */
  VISIBILITY_TIMEOUT_SECONDS: z.coerce.number().int().min(10).max(43_200).default(120),
});

export type ServerConfig = z.infer<typeof serverSchema>;
export type WorkerConfig = z.infer<typeof workerSchema>;

function load<T extends z.ZodType>(schema: T, environment: NodeJS.ProcessEnv): z.infer<T> {
  const result = schema.safeParse(environment);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const name = issue.path.join(".");
    return `  ${name}=${JSON.stringify(environment[name])}: ${issue.message}`;
  });
  throw new Error(`invalid configuration in the environment:\n${problems.join("\n")}`);
}

/**
 * The server's settings from environment variables.
 * @throws Error naming every variable that is missing or wrong, with the value found.
 */
export function loadServerConfig(environment: NodeJS.ProcessEnv): ServerConfig {
  return load(serverSchema, environment);
}

/**
 * The worker's settings from environment variables.
 * @throws Error naming every variable that is missing or wrong, with the value found.
 */
export function loadWorkerConfig(environment: NodeJS.ProcessEnv): WorkerConfig {
  return load(workerSchema, environment);
}
