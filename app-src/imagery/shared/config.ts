import { availableParallelism } from "node:os";
import { z } from "zod";
import { loadConfig, serviceVariables, visibilityTimeoutSeconds } from "../../shared/config";

const seconds = z.coerce.number().positive();

const common = {
  ...serviceVariables,
  QUEUE_URL: z.url(),
  BUCKET: z.string().min(3),
  TABLE: z.string().min(3),
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
  VISIBILITY_TIMEOUT_SECONDS: visibilityTimeoutSeconds,
});

export type ServerConfig = z.infer<typeof serverSchema>;
export type WorkerConfig = z.infer<typeof workerSchema>;

/**
 * The server's settings from environment variables.
 * @throws Error naming every variable that is missing or wrong, with the value found.
 */
export function loadServerConfig(environment: NodeJS.ProcessEnv): ServerConfig {
  return loadConfig(serverSchema, environment);
}

/**
 * The worker's settings from environment variables.
 * @throws Error naming every variable that is missing or wrong, with the value found.
 */
export function loadWorkerConfig(environment: NodeJS.ProcessEnv): WorkerConfig {
  return loadConfig(workerSchema, environment);
}
