import { exceedsPixelLimit, type Dimensions } from "../shared/image-file";
import { UnusableImageError } from "./unusable-image";

/** What a JPEG file says of its image. */
export interface JpegFrame extends Dimensions {
  /** 1 for grey, 3 for colour, 4 for printers' colours */
  readonly components: number;
}

/**
 * Walks the markers as libjpeg does (which skips what is between segments) up to the start of the image's data.
 * @returns `undefined` when there is no frame, or no data after it
 * @throws UnusableImageError when the data has no end
 */
export function readJpegFrame(bytes: Buffer): JpegFrame | undefined {
  let frame: JpegFrame | undefined;
  for (let at = 2; ;) {
    while (at < bytes.length && bytes[at] !== 0xff) at++;
    while (at < bytes.length && bytes[at] === 0xff) at++;
    const marker = bytes[at++];
    if (marker === undefined || at + 2 > bytes.length) return undefined;
    if (marker === 0 || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) continue; // these have no length
    if (marker === 0xd9) return undefined;
    if (marker === 0xda) {
      // In the picture's data 0xff 0xd9 can only be the end: without it the file was cut off.
      if (frame && bytes.indexOf("\xff\xd9", at, "latin1") < 0) {
        throw new UnusableImageError("The JPEG file is incomplete: it ends in the middle of the image.");
      }
      return frame;
    }
    if (startsJpegFrame(marker) && at + 8 <= bytes.length) {
      frame ??= {
        height: bytes.readUInt16BE(at + 3),
        width: bytes.readUInt16BE(at + 5),
        components: bytes.readUInt8(at + 7),
      };
      if (exceedsPixelLimit(frame)) return frame;
    }
    at += bytes.readUInt16BE(at);
  }
}

/** Whether a marker is one of the thirteen that a frame can start with. */
export function startsJpegFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}
