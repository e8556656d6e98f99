import { randomBytes } from "node:crypto";
import sharp from "sharp";

/** Of a photo as phones took it, and as `docs/benchmarks.md` speaks of. */
const WIDTH = 2048;
const HEIGHT = 1536;

/** A JPEG of 2048 × 1536 pixels and about 700 kB: coarse colours with the fine grain of a camera. */
export async function makePhoto(): Promise<Buffer> {
  const noise = (width: number, height: number, channels: 1 | 3) =>
    sharp(randomBytes(width * height * channels), { raw: { width, height, channels } }).resize(WIDTH, HEIGHT, {
      kernel: "cubic",
    });
  const grain = await noise(WIDTH / 2, HEIGHT / 2, 1)
    .toColourspace("srgb")
    .ensureAlpha(0.2)
    .png()
    .toBuffer();
  return noise(32, 24, 3)
    .composite([{ input: grain }])
    .jpeg({ quality: 82 })
    .toBuffer();
}
