import {
  MAX_PIXELS,
  exceedsPixelLimit,
  readDimensions,
  sniffImageType,
  type Dimensions,
  type ImageType,
} from "../shared/image-file";
import { readTiffDirectory } from "./tiff-directory";
import { UnusableImageError } from "./unusable-image";

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
  return { type, ...first, pixels: Math.max(...areas.map(({ width, height }) => width * height)) };
}

/** The areas that each decoder makes, the image's own first; empty when the header is damaged. */
const READERS: Readonly<Record<ImageType, (bytes: Buffer) => readonly Dimensions[]>> = {
  jpeg: readJpeg,
  png: atFixedPlace,
  gif: readGif,
  bmp: atFixedPlace,
  tiff: (bytes) => [readTiffDirectory(bytes)],
};

function atFixedPlace(bytes: Buffer): readonly Dimensions[] {
  const dimensions = readDimensions(bytes);
  return dimensions ? [dimensions] : [];
}

/** Walks the markers as libjpeg does (which skips what is between segments) up to the start of frame. */
function readJpeg(bytes: Buffer): readonly Dimensions[] {
  let frame: Dimensions | undefined;
  for (let at = 2; ;) {
    while (at < bytes.length && bytes[at] !== 0xff) at++;
    while (at < bytes.length && bytes[at] === 0xff) at++;
    const marker = bytes[at++];
    if (marker === undefined || at + 2 > bytes.length) return [];
    if (marker === 0 || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) continue; // these have no length
    if (marker === 0xd9) return [];
    if (marker === 0xda) {
      // In the picture's data 0xff 0xd9 can only be the end: without it the file was cut off.
      if (frame && bytes.indexOf("\xff\xd9", at, "latin1") < 0) {
        throw new UnusableImageError("The JPEG file is incomplete: it ends in the middle of the image.");
      }
      return frame ? [frame] : [];
    }
    const startsFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (startsFrame && at + 7 <= bytes.length) {
      frame ??= { height: bytes.readUInt16BE(at + 3), width: bytes.readUInt16BE(at + 5) };
      if (exceedsPixelLimit(frame)) return [frame];
    }
    at += bytes.readUInt16BE(at);
  }
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
