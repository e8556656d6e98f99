import sharp, { type Sharp } from "sharp";
import { bmp, pngHeader } from "../../../../support/images";

/** A smooth picture whose corners all differ, so that a turned or mirrored one is noticed. */
export function picture(width = 96, height = 64, channels: 3 | 4 = 3): Sharp {
  const data = Buffer.alloc(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * channels;
      data.set([(255 * x) / width, (255 * y) / height, 255 - (255 * (x + y)) / (width + height)], at);
      if (channels === 4) data[at + 3] = (255 * x) / width;
    }
  }
  return sharp(data, { raw: { width, height, channels } });
}

/** A bitmap file of 24 bits a pixel, of the picture's pixels. */
export async function bmpOf(image: Sharp): Promise<Buffer> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const file = bmp(info.width, info.height);
  const rowBytes = Math.ceil((info.width * 3) / 4) * 4;
  for (let y = 0; y < info.height; y++) {
    for (let x = 0; x < info.width; x++) {
      const from = (y * info.width + x) * 3;
      const to = 54 + (info.height - 1 - y) * rowBytes + x * 3;
      file.set([data[from + 2] ?? 0, data[from + 1] ?? 0, data[from] ?? 0], to);
    }
  }
  return file;
}

const u16le = (value: number) => Buffer.from([value & 255, value >> 8]);
const u16be = (value: number) => Buffer.from([value >> 8, value & 255]);

/** A JPEG file that ends with its frame header. */
export function jpegHeader(width: number, height: number, before: Buffer = Buffer.alloc(0)): Buffer {
  const frame = Buffer.concat([
    u16be(17),
    Buffer.from([8]),
    u16be(height),
    u16be(width),
    Buffer.from("\x03\x01\x22\0\x02\x11\x01\x03\x11\x01", "latin1"),
  ]);
  const scan = Buffer.from("\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00\xff\xd9", "latin1");
  return Buffer.concat([
    Buffer.from("\xff\xd8\xff\xe0\x00\x04JF", "latin1"),
    before,
    Buffer.from([0xff, 0xc0]),
    frame,
    scan,
  ]);
}

/** A GIF file with a screen and one frame, which may be larger than the screen. */
export function gifHeader(screen: readonly [number, number], frame: readonly [number, number]): Buffer {
  return Buffer.concat([
    Buffer.from("GIF89a", "latin1"),
    ...screen.map(u16le),
    Buffer.from([0x80, 0, 0, 0, 0, 0, 255, 255, 255]),
    Buffer.from([0x21, 0xf9, 4, 0, 0, 0, 0, 0]),
    Buffer.from([0x2c, 0, 0, 0, 0]),
    ...frame.map(u16le),
    Buffer.from([0, 2, 2, 0x4c, 1, 0, 0x3b]),
  ]);
}

export type TiffField = readonly [tag: number, type: 3 | 4, value: number];

/** A little-endian TIFF file of one page, with the data behind the directory. */
export function tiffFile(fields: readonly TiffField[], data: Buffer = Buffer.alloc(0), nextDirectory = 0): Buffer {
  const directory = Buffer.alloc(2 + 12 * fields.length + 4);
  directory.writeUInt16LE(fields.length, 0);
  fields.forEach(([tag, type, value], i) => {
    const at = 2 + 12 * i;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(type, at + 2);
    directory.writeUInt32LE(1, at + 4);
    directory.writeUInt32LE(value, at + 8);
  });
  directory.writeUInt32LE(nextDirectory, directory.length - 4);
  return Buffer.concat([Buffer.from("II*\0\x08\0\0\0", "latin1"), directory, data]);
}

/** Where `tiffFile` puts the data. */
export function tiffDataAt(fields: number): number {
  return 8 + 2 + 12 * fields + 4;
}

export { bmp, pngHeader };
