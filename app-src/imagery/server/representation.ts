import type { Request } from "express";
import { z } from "zod";
import type { Process } from "../shared/process";
import { Problem } from "./problem";
import type { ImageStorage } from "./storage";

/** A process as the API shows it: what the table holds, without the outbox's mark, and a URL of the result. */
export type Representation = Omit<Process, "unqueued" | "unqueuedSince"> & {
  /** Works for five minutes, then another GET gives a new one; present when the image is processed. */
  readonly processedUrl?: string;
};

const uuid = z.uuid();

/**
 * The id in a request's path.
 * @throws Problem 400 when it is not a UUID
 */
export function imageIdOf(request: Request<{ id: string }>): string {
  const { id } = request.params;
  if (!uuid.safeParse(id).success) throw new Problem(400, `${JSON.stringify(id)} is not an image id: a UUID is needed`);
  return id;
}

export async function present(process: Process, storage: ImageStorage): Promise<Representation> {
  const { id, version, state, createdAt, uploadedAt, rawKey, processedKey, reason } = process;
  const shown = { id, version, state, createdAt, uploadedAt, rawKey, processedKey, reason };
  if (state !== "processed" || processedKey === undefined) return shown;
  return { ...shown, processedUrl: await storage.temporaryUrl(processedKey) };
}
