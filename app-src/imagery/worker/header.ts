import {
  MAX_PIXELS,
  exceedsPixelLimit,
  readDimensions,
  sniffImageType,
  type Dimensions,
  type ImageType,
} from "../shared/image-file";
import { readJpegFrame } from "./jpeg-frame";
import { readTiffDirectory } from "./tiff-directory";
import { UnusableImageError } from "./unusable-image";

/** WebAssembly memory never shrinks: what an image of more pixels than this has made of it is not kept. */
export const LARGE_IMAGE_PIXELS = 8_000_000;

export interface ImageHeader extends Dimensions {
  readonly type: ImageType;
  /** Pixels that decoding needs memory for; more than width × height only in odd files. */
  readonly pixels: number;
}

/**
 * Type and dimensions, found the way the type's decoder finds them: a file that shows two readers two sizes must not get a
 * bomb past the limit. Decodes nothing.
 * @throws UnusableImageError when the file is no image, is damaged at its head, or is larger than an image may be
 */
export function checkHeader(bytes: Buffer): ImageHeader {
  const type = sniffImageType(bytes);
  if (!type) throw new UnusableImageError("The file is not a JPEG, PNG, GIF, BMP or TIFF image.");
  const areas = READERS[type](bytes);
  const [first] = areas;
  if (!first?.width || !first.height)
    throw new UnusableImageError(`The ${type.toUpperCase()} file has a damaged header.`);
  const tooLarge = areas.find(exceedsPixelLimit);
  if (tooLarge) {
    throw new UnusableImageError(
      `The image has ${tooLarge.width} × ${tooLarge.height} pixels; at most ${MAX_PIXELS / 1_000_000} million are allowed.`,
    );
  }
  const { width, height } = first;
  return { type, width, height, pixels: Math.max(...areas.map((area) => area.width * area.height)) };
}

/** The areas that each decoder makes, the image's own first; empty when the header is damaged. */
const READERS: Readonly<Record<ImageType, (bytes: Buffer) => readonly Dimensions[]>> = {
  jpeg: (bytes) => present(readJpegFrame(bytes)),
  png: (bytes) => present(readDimensions(bytes)), // at a fixed place
  gif: readGif,
  bmp: (bytes) => present(readDimensions(bytes)),
  tiff: (bytes) => [readTiffDirectory(bytes)],
};

function present(dimensions: Dimensions | undefined): readonly Dimensions[] {
  return dimensions ? [dimensions] : [];
}

/** The screen, and the first frame: the decoder makes room for both, and neither needs to fit into the other. */
function readGif(bytes: Buffer): readonly Dimensions[] {
  if (bytes.length < 13) return [];
  const screen = { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
  if (exceedsPixelLimit(screen)) return [screen];
  for (let at = 13 + colorTableBytes(bytes[10]); ;) {
    const block = bytes[at++];
    if (block === 0x2c && at + 9 <= bytes.length) {
      return [screen, { width: bytes.readUInt16LE(at + 4), height: bytes.readUInt16LE(at + 6) }];
    }
    if (block !== 0x21) return []; // the end of the file, or nothing known
    at++; // the extension's label
    for (let size = bytes[at++]; size; size = bytes[at++]) at += size;
  }
}

function colorTableBytes(flags = 0): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}
