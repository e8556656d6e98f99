import { z } from "zod";

/** Key of a page's picture in the bucket. Where it exists, it is what became of the message, whatever else there is. */
export function pictureKey(id: string): string {
  return `${id}.png`;
}

/** Key of the document that says why there is no picture. */
export function failureKey(id: string): string {
  return `${id}.json`;
}

const schema = z.object({
  id: z.uuid(),
  url: z.string(),
  /** A code for programs, in kebab case; docs/architectures/url2png.md lists them. */
  reason: z.string(),
  /** A sentence for people. */
  message: z.string(),
  /** ISO 8601 time. */
  failedAt: z.iso.datetime(),
});

/** Why there is no picture of a page, as it is stored in place of one. */
export type Failure = z.infer<typeof schema>;

export function formatFailure(failure: Failure): string {
  return JSON.stringify(failure);
}

/** @throws Error when the text is none */
export function parseFailure(text: string): Failure {
  return schema.parse(JSON.parse(text));
}
