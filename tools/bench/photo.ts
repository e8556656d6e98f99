import { randomBytes } from "node:crypto";
import sharp from "sharp";

/** Of a photo as phones took it, and as `docs/benchmarks.md` speaks of. */
const WIDTH = 2048;
const HEIGHT = 1536;

/**
 * A JPEG of 2048 × 1536 pixels and about 700 kB. Noise of every scale, the finer the fainter, as in photos: in what is
 * simpler or noisier than they are, the codecs would be faster or slower, and the result much smaller or larger.
 */
export async function makePhoto(): Promise<Buffer> {
  const noise = (scale: number) =>
    sharp(randomBytes((WIDTH / scale) * (HEIGHT / scale) * 3), {
      raw: { width: WIDTH / scale, height: HEIGHT / scale, channels: 3 },
    })
      .resize(WIDTH, HEIGHT, { kernel: "cubic" })
      .raw()
      .toBuffer();
  const sum = new Float32Array(WIDTH * HEIGHT * 3).fill(128);
  for (const [scale, strength] of SCALES) {
    const layer = await noise(scale);
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + strength * ((layer[i] ?? 0) - 128);
  }
  return sharp(Uint8ClampedArray.from(sum), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
}

/** Pixels that a patch of a layer of noise is wide, and how strong the layer is. */
const SCALES = [
  [256, 0.7],
  [128, 0.5],
  [64, 0.35],
  [32, 0.25],
  [16, 0.18],
  [8, 0.12],
  [4, 0.08],
  [2, 0.06],
] as const;
