import sharp, { type Metadata } from "sharp";
import { InvalidUrlError, NotSentError, TimedOutError } from "../../app-src/url2png/producer/errors";
import { Url2Png, type Url2PngOptions } from "../../app-src/url2png/producer/url2png";
import { FailedError, RefusedError, messageOf } from "../release/errors";
import type { SmokeTest, StackOutputs } from "./smoke-test";

/** A page for examples, which nobody minds being photographed (RFC 2606). */
const PAGE = "https://example.org/";

/** The size of every picture. */
const SIZE = { width: 1024, height: 768 };

/**
 * What a user does: asks for the picture of a page, and gets it. Leaves one picture behind, which expires. Where queue and bucket
 * are say the stack's outputs, or QUEUE_URL and BUCKET of the environment.
 */
export const smokeUrl2png: SmokeTest = async (page = PAGE, { deadline, say, outputs = {} }) => {
  const url2png = new Url2Png(whereItIs(outputs));
  try {
    const { id } = await url2png.send(page);
    say(`${page} is sent as ${id}`);
    const result = await url2png.wait(id, { timeoutMs: Math.max(1, deadline - Date.now()) });
    if (result.kind === "failure") {
      const { message, reason } = result.document;
      throw new FailedError(`${page} was not photographed: ${message} (${reason})`);
    }
    await checkPicture(result.body);
    say(`picture ${id} has ${SIZE.width} × ${SIZE.height} pixels`);
  } catch (error) {
    if (error instanceof InvalidUrlError) throw new RefusedError(error.message);
    if (error instanceof NotSentError) throw new FailedError(error.message);
    if (error instanceof TimedOutError) throw new FailedError(`time is up: ${error.message}`);
    throw error;
  } finally {
    url2png.close();
  }
};

function whereItIs(outputs: StackOutputs): Url2PngOptions {
  const { queue_url: queueUrl = process.env.QUEUE_URL, bucket = process.env.BUCKET } = outputs;
  if (typeof queueUrl === "string" && typeof bucket === "string") return { queueUrl, bucket };
  throw new RefusedError(
    "where is it? QUEUE_URL and BUCKET say it: `npm start url2png` prints them for this machine, `npx cdktf output url2png` for AWS",
  );
}

async function checkPicture(picture: Buffer): Promise<void> {
  const { format, width, height } = await metadataOf(picture).catch((error: unknown) => {
    throw new FailedError(`the picture cannot be read: ${messageOf(error)}`);
  });
  if (format === "png" && width === SIZE.width && height === SIZE.height) return;
  throw new FailedError(
    `the picture is ${format} of ${width} × ${height}, not a PNG of ${SIZE.width} × ${SIZE.height}`,
  );
}

/** Asynchronous in every case: of nothing, sharp complains at once. */
async function metadataOf(picture: Buffer): Promise<Metadata> {
  return sharp(picture).metadata();
}
