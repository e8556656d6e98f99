import { imageSize } from "image-size";
import { IMAGE_TYPES, MAX_PIXELS, type ImageType } from "./limits";

export * from "./limits";

/** First bytes of each type, in Latin-1. */
const SIGNATURES: Record<ImageType, readonly string[]> = {
  jpeg: ["\xff\xd8\xff"],
  png: ["\x89PNG\r\n\x1a\n"],
  gif: ["GIF87a", "GIF89a"],
  bmp: ["BM"],
  tiff: ["II*\0", "MM\0*"],
};

/** How many leading bytes `sniffImageType` needs. */
export const SIGNATURE_BYTES = 8;

/** The type that the content itself shows (names and declared types are the sender's claim); `undefined` for any other content. */
export function sniffImageType(bytes: Uint8Array): ImageType | undefined {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, SIGNATURE_BYTES)).toString(
    "latin1",
  );
  return IMAGE_TYPES.find((type) => SIGNATURES[type].some((signature) => start.startsWith(signature)));
}

export interface Dimensions {
  readonly width: number;
  readonly height: number;
}

/**
 * Width and height as the header says, without decoding anything.
 * @param bytes the file, or as much of its beginning as is there
 * @returns `undefined` when these bytes do not hold them (yet): a damaged header, or one that lies further back.
 */
export function readDimensions(bytes: Uint8Array): Dimensions | undefined {
  // The library reads past the end of a view into a larger buffer, as small Node buffers are: give it these bytes alone.
  const alone = bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
  try {
    const { width, height } = imageSize(alone);
    return width > 0 && height > 0 ? { width, height } : undefined;
  } catch {
    // The library reports a short or damaged header by throwing whatever its reader hit; all of them mean "not here".
    return undefined;
  }
}

/** Whether decoding would take more memory than an image may. */
export function exceedsPixelLimit({ width, height }: Dimensions): boolean {
  return width * height > MAX_PIXELS;
}
