import { z } from "zod";

const schema = z.object({ imageId: z.uuid(), desiredState: z.literal("processed") });

/** The work that the server queues and a worker does. */
export type WorkMessage = z.infer<typeof schema>;

export function formatMessage(imageId: string): string {
  return JSON.stringify({ imageId, desiredState: "processed" } satisfies WorkMessage);
}

/** @returns the message, or `undefined` when the body is not one (it can then never be processed). */
export function parseMessage(body: string | undefined): WorkMessage | undefined {
  try {
    return schema.safeParse(JSON.parse(body ?? "")).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
