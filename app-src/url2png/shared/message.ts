import { z } from "zod";

/** The id becomes the key of an object, so it is a UUID and nothing else. What a URL may be is the worker's business. */
const schema = z.object({ id: z.uuid(), url: z.string() });

/** A page to be photographed: what the producer queues and a worker does. */
export type PageMessage = z.infer<typeof schema>;

export function formatMessage({ id, url }: PageMessage): string {
  return JSON.stringify({ id, url } satisfies PageMessage);
}

/** @returns the message, or `undefined` when the body is not one (it can then never be worked on). */
export function parseMessage(body: string | undefined): PageMessage | undefined {
  try {
    return schema.safeParse(JSON.parse(body ?? "")).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
