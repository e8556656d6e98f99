import { createJimp } from "@jimp/core";
import type { ImageType } from "../shared/image-file";
import { createFormats, type CodecModules } from "./codecs";
import { sepiaPlugin } from "./sepia";
import { UnusableImageError } from "./unusable-image";

export interface SepiaImage {
  /** The PNG file; it fills its ArrayBuffer, so that it can be transferred. */
  readonly png: Buffer;
  /** Of the result, which the orientation in a photo may have turned */
  readonly width: number;
  readonly height: number;
  /** Milliseconds of each step */
  readonly decodeMs: number;
  readonly filterMs: number;
  readonly encodeMs: number;
}

/** Turns an image file, whose header is checked, into a PNG file in sepia; throws UnusableImageError when it never can. */
export type Sepia = (bytes: Buffer, type: ImageType) => Promise<SepiaImage>;

/** jimp with WebAssembly codecs. */
export async function createSepia(modules: CodecModules): Promise<Sepia> {
  const formats = await createFormats(modules);
  const Jimp = createJimp({ formats: Object.values(formats), plugins: [sepiaPlugin] });

  return async (bytes, type) => {
    const started = performance.now();
    // Not Jimp.read(): it would turn a photo a second time, pixel by pixel, and look for the type again.
    const image = new Jimp(await decode(type, () => formats[type]().decode(bytes)));
    const decoded = performance.now();
    image.sepia();
    const filtered = performance.now();
    const png = await image.getBuffer("image/png");
    const encoded = performance.now();
    return {
      png,
      width: image.width,
      height: image.height,
      decodeMs: decoded - started,
      filterMs: filtered - decoded,
      encodeMs: encoded - filtered,
    };
  };
}

async function decode<T>(type: string, decoder: () => T | Promise<T>): Promise<T> {
  try {
    return await decoder();
  } catch (error) {
    if (error instanceof UnusableImageError) throw error;
    throw new UnusableImageError(`The ${type.toUpperCase()} file is damaged or incomplete.`, error);
  }
}
