import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";
import { z } from "zod";
import { FailedError, RefusedError } from "../release/errors";
import type { SmokeTest } from "./smoke-test";

/** What is uploaded: small, and of one colour, so that the result is known. */
const PHOTO = { width: 64, height: 48, color: { r: 40, g: 90, b: 160 } };
/** That colour in sepia, and how far JPEG may carry it off. */
const SEPIA = [115, 129, 121];
const TOLERANCE = 6;

/** Milliseconds for one request, and between two looks at the image. */
const REQUEST_TIMEOUT = 15_000;
const PAUSE = 500;

const imageSchema = z.object({
  id: z.string(),
  state: z.enum(["created", "uploaded", "processed", "failed"]),
  processedUrl: z.string().optional(),
  reason: z.string().optional(),
});

type Image = z.output<typeof imageSchema>;

/** What a user does: opens the page, uploads a photo, and gets it back in sepia. Leaves one image behind, which expires. */
export const smokeImagery: SmokeTest = async (url, { deadline, say }) => {
  if (url === undefined) throw new RefusedError("where is it? --url or --deployment says it");
  await request("the page", url);
  say("the page answers");
  const { id } = await image("a new image", await request("a new image", new URL("/image", url), { method: "POST" }));
  const file = await sharp({ create: { ...PHOTO, channels: 3, background: PHOTO.color } })
    .jpeg({ quality: 95 })
    .toBuffer();
  const form = new FormData();
  form.set("file", new Blob([new Uint8Array(file)]), "smoke-test.jpg");
  const upload = { method: "POST", body: form, headers: { accept: "application/json" } };
  await request("the upload", new URL(`/image/${id}/upload`, url), upload);
  say(`image ${id} is uploaded`);
  const processed = await untilProcessed(new URL(`/image/${id}`, url), deadline);
  if (processed.processedUrl === undefined) throw new FailedError(`image ${id} is processed, but has no URL`);
  await checkSepia(Buffer.from(await (await request("the result", processed.processedUrl)).arrayBuffer()));
  say(`image ${id} came back in sepia`);
};

async function untilProcessed(url: URL, deadline: number): Promise<Image> {
  for (;;) {
    const current = await image("the image", await request("the image", url));
    if (current.state === "processed") return current;
    if (current.state === "failed") {
      throw new FailedError(`the image was not processed: ${current.reason ?? "it has failed without a reason"}`);
    }
    if (Date.now() > deadline)
      throw new FailedError(`time is up, and the image is still ${current.state}: is a worker running?`);
    await sleep(PAUSE);
  }
}

async function checkSepia(result: Buffer): Promise<void> {
  const { format, width, height } = await sharp(result).metadata();
  if (format !== "png" || width !== PHOTO.width || height !== PHOTO.height) {
    throw new FailedError(
      `the result is ${format} of ${width} × ${height}, not a PNG of ${PHOTO.width} × ${PHOTO.height}`,
    );
  }
  const { channels } = await sharp(result).removeAlpha().stats();
  const colour = channels.map(({ mean }) => Math.round(mean));
  if (SEPIA.some((expected, channel) => Math.abs(expected - (colour[channel] ?? 0)) > TOLERANCE)) {
    throw new FailedError(
      `the result has the colour ${colour.join(", ")}, not about ${SEPIA.join(", ")}: it is not in sepia`,
    );
  }
}

/** @param what is asked for, for the error */
async function request(what: string, url: URL | string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_TIMEOUT) });
  } catch (error) {
    const { cause = error } = error as Error;
    throw new FailedError(`${what}: no answer (${cause instanceof Error ? cause.message : String(cause)})`);
  }
  if (response.ok) return response;
  throw new FailedError(`${what}: status ${response.status}, ${(await response.text()).slice(0, 300)}`);
}

async function image(what: string, response: Response): Promise<Image> {
  const result = imageSchema.safeParse(await response.json().catch(() => undefined));
  if (result.success) return result.data;
  throw new FailedError(`${what}: the answer is not an image`);
}
