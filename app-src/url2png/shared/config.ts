import { availableParallelism } from "node:os";
import { z } from "zod";
import { loadConfig, serviceVariables, visibilityTimeoutSeconds } from "../../shared/config";
import { AddressPolicy } from "../network/addresses";

/** CIDR blocks with commas between them; blanks around them do not count, and nothing at all is no network. */
const networks = z
  .string()
  .default("")
  .transform((text) => text.split(",").flatMap((each) => each.trim() || []))
  .superRefine((blocks, context) => {
    try {
      new AddressPolicy(blocks);
    } catch (error) {
      context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
    }
  });

const workerSchema = z.object({
  ...serviceVariables,
  QUEUE_URL: z.url(),
  BUCKET: z.string().min(3),
  VISIBILITY_TIMEOUT_SECONDS: visibilityTimeoutSeconds,
  /** Pages worked on at the same time. Default: one per core. */
  CONCURRENCY: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(() => availableParallelism()),
  /** Networks that pages may be loaded from although they are not the public internet. Default: none. */
  ALLOWED_NETWORKS: networks,
  /** Whether Chromium has to be in its sandbox, or may do without, with a warning, where the machine has none to offer. */
  CHROMIUM_SANDBOX: z.enum(["auto", "required"]).default("auto"),
  /** Chromium's program. Default: the one that comes with the worker. */
  CHROMIUM_PATH: z.string().min(1).optional(),
});

export type WorkerConfig = z.infer<typeof workerSchema>;

/**
 * The worker's settings from environment variables.
 * @throws Error naming every variable that is missing or wrong, with the value found.
 */
export function loadWorkerConfig(environment: NodeJS.ProcessEnv): WorkerConfig {
  return loadConfig(workerSchema, environment);
}
