import sharp from "sharp";

/** A JPEG of a colour gradient; every number gives another one. */
export async function photo(number: number, width = 2048, height = 1536): Promise<Buffer> {
  const small = { width: 32, height: 24, channels: 3 } as const;
  const pixels = Buffer.alloc(small.width * small.height * small.channels);
  for (let at = 0; at < pixels.length; at += 1) {
    const channel = at % 3;
    const x = Math.floor(at / 3) % small.width;
    const y = Math.floor(at / 3 / small.width);
    pixels[at] = (number * 37 * (channel + 1) + x * (8 - channel) + y * (channel * 5 + 2)) % 256;
  }
  return sharp(pixels, { raw: small })
    .resize(width, height, { fit: "fill", kernel: "linear" })
    .jpeg({ quality: 90 })
    .toBuffer();
}

/** jimp's sepia as one matrix: it computes green from the new red, and blue from both. */
const sepia = [
  [0.393, 0.769, 0.189],
  [0.137157, 0.954381, 0.233961],
  [0.180137838, 0.718807454, 0.307343174],
] as const;

/** How far, at most and on average, the result is from the sepia of the original, over a sample of all pixels. */
export async function sepiaDifference(original: Buffer, result: Buffer): Promise<{ most: number; average: number }> {
  const before = await sharp(original).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const after = await sharp(result).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const sizes = [before, after].map(({ info }) => `${info.width}×${info.height}`);
  if (sizes[0] !== sizes[1]) throw new Error(`the result has another size: ${sizes.join(" → ")}`);
  let most = 0;
  let sum = 0;
  let count = 0;
  // 101 is prime: every column, row and colour comes into the sample.
  for (let at = 0; at < before.data.length; at += 3 * 101) {
    for (const [channel, [red, green, blue]] of sepia.entries()) {
      const [r = 0, g = 0, b = 0] = before.data.subarray(at, at + 3);
      const expected = Math.min(255, red * r + green * g + blue * b);
      const difference = Math.abs(expected - (after.data[at + channel] ?? NaN));
      most = Math.max(most, difference);
      sum += difference;
      count += 1;
    }
  }
  return { most, average: sum / count };
}

/** A PNG whose header claims this size; there are hardly any pixels in it. */
export function pngHeader(width: number, height: number): Buffer {
  const header = Buffer.from("89504e470d0a1a0a0000000d494844520000000000000000080200000000000000", "hex");
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  return Buffer.concat([header, Buffer.alloc(1000)]);
}
