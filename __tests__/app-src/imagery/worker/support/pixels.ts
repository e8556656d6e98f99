import sharp, { type Sharp } from "sharp";

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** RGBA, 8 bits each */
  readonly data: Uint8Array;
}

/** What another library than the one under test makes of an image. */
export async function pixelsOf(image: Sharp | Buffer): Promise<Pixels> {
  const source = Buffer.isBuffer(image) ? sharp(image) : image;
  const { data, info } = await source.toColourspace("srgb").ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

/** jimp's sepia, one step after the other as it has it. */
export function sepiaOf({ width, height, data }: Pixels): Pixels {
  const result = Uint8Array.from(data);
  for (let i = 0; i < data.length; i += 4) {
    const [r = 0, g = 0, b = 0] = data.subarray(i, i + 3);
    const red = r * 0.393 + g * 0.769 + b * 0.189;
    const green = red * 0.349 + g * 0.686 + b * 0.168;
    const blue = red * 0.272 + green * 0.534 + b * 0.131;
    result.set([Math.min(255, red), Math.min(255, green), Math.min(255, blue)], i);
  }
  return { width, height, data: result };
}

/** The largest difference of a channel between two images; of a transparent pixel only the transparency counts. */
export function difference(a: Pixels, b: Pixels): number {
  if (a.width !== b.width || a.height !== b.height) {
    throw new Error(`${a.width} × ${a.height} pixels, not ${b.width} × ${b.height}`);
  }
  let most = 0;
  for (let i = 0; i < a.data.length; i++) {
    const transparent = a.data[i | 3] === 0 && b.data[i | 3] === 0;
    if (!transparent) most = Math.max(most, Math.abs((a.data[i] ?? 0) - (b.data[i] ?? 0)));
  }
  return most;
}
