import {
  IMAGE_TYPES,
  MAX_PIXELS,
  SIGNATURE_BYTES,
  exceedsPixelLimit,
  mimeType,
  readDimensions,
  sniffImageType,
  type ImageType,
} from "../shared/image-file";
import { Problem } from "./problem";

/**
 * So far into a file its dimensions are looked for. Cameras put metadata of up to a few hundred kilobytes before them; TIFF may
 * have them at the very end. A file that tells them later is passed on: the worker looks again, at the whole file.
 */
const HEAD_BYTES = 256 * 1024;

/** An upload that has shown itself to be an image which may be processed, as far as its beginning can show it. */
export interface CheckedImage {
  readonly type: ImageType;
  /** The whole file: what was looked at and what is still to come. */
  readonly bytes: AsyncGenerator<Buffer, void>;
}

/**
 * Reads the beginning of an upload until type and dimensions are known.
 * @throws Problem 415 when the content is no accepted image, 422 when it is empty, has too many pixels or holds no dimensions
 */
export async function checkImageHead(bytes: AsyncGenerator<Buffer, void>): Promise<CheckedImage> {
  try {
    return await check(bytes);
  } catch (error) {
    await bytes.return();
    throw error;
  }
}

/** The beginning of a stream of bytes, as far as it has been read. */
class Head {
  bytes: Buffer = Buffer.alloc(0);
  /** Whether this is all there is. */
  complete = false;

  constructor(private readonly source: AsyncGenerator<Buffer, void>) {}

  /** Reads at least as much again, so that a head arriving in small pieces is not searched from its start for each of them. */
  async grow(): Promise<void> {
    const chunks = [this.bytes];
    let length = this.bytes.length;
    const wanted = Math.min(length * 2 + 1, HEAD_BYTES);
    while (length < wanted) {
      const next = await this.source.next();
      if (next.done === true) {
        this.complete = true;
        break;
      }
      chunks.push(next.value);
      length += next.value.length;
    }
    this.bytes = Buffer.concat(chunks);
  }
}

async function check(source: AsyncGenerator<Buffer, void>): Promise<CheckedImage> {
  const head = new Head(source);
  do await head.grow();
  while (head.bytes.length < SIGNATURE_BYTES && !head.complete);
  if (head.bytes.length === 0) throw new Problem(422, "the file is empty");
  const type = sniffImageType(head.bytes);
  if (!type) {
    const accepted = IMAGE_TYPES.map(mimeType).join(", ");
    throw new Problem(415, `the file's content is not an image of an accepted type: ${accepted}`);
  }

  let dimensions = readDimensions(head.bytes);
  while (!dimensions && !head.complete && head.bytes.length < HEAD_BYTES) {
    await head.grow();
    dimensions = readDimensions(head.bytes);
  }
  if (!dimensions && head.complete) {
    throw new Problem(
      422,
      `the file begins like a ${type.toUpperCase()} but its width and height cannot be read: it is damaged or cut off`,
    );
  }
  if (dimensions && exceedsPixelLimit(dimensions)) {
    const { width, height } = dimensions;
    throw new Problem(
      422,
      `the image has ${width} × ${height} = ${width * height} pixels; at most ${MAX_PIXELS} are allowed`,
    );
  }
  return { type, bytes: joined(head.bytes, source) };
}

async function* joined(head: Buffer, rest: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  try {
    yield head;
    yield* rest;
  } finally {
    await rest.return();
  }
}
