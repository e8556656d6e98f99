import { beforeAll, describe, expect, it, jest } from "@jest/globals";
import sharp from "sharp";
import { loadCodecModules } from "../../../../app-src/imagery/worker/codecs";
import { checkHeader } from "../../../../app-src/imagery/worker/header";
import { createSepia, type Sepia } from "../../../../app-src/imagery/worker/sepia-image";
import { UnusableImageError } from "../../../../app-src/imagery/worker/unusable-image";
import { BUILT } from "./support/built";
import { difference, pixelsOf, sepiaOf, type Pixels } from "./support/pixels";
import { bmpOf, picture } from "./support/samples";

/** Rounding only. */
const EXACT = 1;
/** Two JPEG decoders differ by about 2 a channel, of which sepia adds up three. */
const JPEG = 5;

let sepia: Sepia;

beforeAll(async () => {
  jest.spyOn(console, "log").mockImplementation(() => undefined); // the TIFF decoder's chatter
  sepia = await createSepia(await loadCodecModules(new URL("codecs/", BUILT)));
});

async function convert(file: Buffer): Promise<Pixels> {
  const bytes = Buffer.from(file);
  const { png } = await sepia(bytes, checkHeader(bytes).type);
  expect((await sharp(png).metadata()).format).toBe("png");
  return pixelsOf(png);
}

async function expectSepia(file: Buffer, tolerance: number, original?: Pixels): Promise<void> {
  expect(
    difference(await convert(file), sepiaOf(original ?? (await pixelsOf(sharp(file).rotate())))),
  ).toBeLessThanOrEqual(tolerance);
}

describe("sepia", () => {
  it("is jimp's, for every image type", async () => {
    await expectSepia(await picture().jpeg({ quality: 90 }).toBuffer(), JPEG);
    await expectSepia(await picture().png().toBuffer(), EXACT);
    await expectSepia(await picture().gif().toBuffer(), EXACT);
    await expectSepia(await picture().tiff({ compression: "none" }).toBuffer(), EXACT);
    await expectSepia(await bmpOf(picture()), EXACT, await pixelsOf(picture()));
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])("turns a photo with the EXIF orientation %i", async (orientation) => {
    await expectSepia(await picture().withMetadata({ orientation }).jpeg({ quality: 90 }).toBuffer(), JPEG);
  });

  it("takes photos that are progressive, grey, subsampled or of printers' colours", async () => {
    await expectSepia(await picture().jpeg({ quality: 90, progressive: true }).toBuffer(), JPEG);
    await expectSepia(await picture().greyscale().jpeg({ quality: 90 }).toBuffer(), JPEG);
    await expectSepia(await picture().jpeg({ quality: 90, chromaSubsampling: "4:4:4" }).toBuffer(), JPEG);
    // Without the printer's profile, colours are about right.
    await expectSepia(await picture().toColourspace("cmyk").jpeg({ quality: 90 }).toBuffer(), 100);
  });

  it("takes PNG files of every kind, and keeps their transparency", async () => {
    await expectSepia(await picture(96, 64, 4).png().toBuffer(), EXACT);
    await expectSepia(await picture(96, 64, 4).png({ progressive: true }).toBuffer(), EXACT);
    await expectSepia(await picture().png({ palette: true, colours: 16 }).toBuffer(), EXACT);
    await expectSepia(await picture(96, 64, 4).png({ palette: true, colours: 64 }).toBuffer(), EXACT);
    await expectSepia(await picture().greyscale().png().toBuffer(), EXACT);
    await expectSepia(await picture().greyscale().threshold().png({ palette: true, colours: 2 }).toBuffer(), EXACT);
    await expectSepia(await picture().toColourspace("rgb16").png().toBuffer(), 2);
    await expectSepia(await picture(1, 1).png().toBuffer(), EXACT);
  });

  it("takes the first frame of an animation", async () => {
    const frames = Buffer.alloc(32 * 48 * 3, 200);
    frames.fill(20, 32 * 24 * 3);
    const raw = { width: 32, height: 48, channels: 3, pageHeight: 24 } as const;
    const file = await sharp(frames, { raw }).gif().toBuffer();
    expect((await sharp(file).metadata()).pages).toBe(2);
    await expectSepia(file, EXACT);
  });

  it.each(["none", "lzw", "deflate", "packbits"] as const)("takes TIFF files packed by %s", async (compression) => {
    await expectSepia(await picture().tiff({ compression }).toBuffer(), EXACT);
    await expectSepia(await picture(96, 64, 4).tiff({ compression }).toBuffer(), EXACT);
    await expectSepia(
      await picture(200, 150).tiff({ compression, tile: true, tileWidth: 64, tileHeight: 64 }).toBuffer(),
      EXACT,
    );
  });

  it("takes TIFF files packed by JPEG", async () => {
    await expectSepia(await picture(200, 150).tiff({ compression: "jpeg", quality: 90 }).toBuffer(), 10);
  });

  it("takes a fax's TIFF file", async () => {
    await expectSepia(
      await picture().threshold().toColourspace("b-w").tiff({ compression: "ccittfax4", bitdepth: 1 }).toBuffer(),
      EXACT,
    );
  });
});

describe("a damaged file", () => {
  it.each(["jpeg", "png", "gif", "tiff"] as const)("cut off in the middle is refused: %s", async (type) => {
    const file = await picture(300, 200)
      .toFormat(type, type === "tiff" ? { compression: "lzw" } : {})
      .toBuffer();
    for (const part of [0.3, 0.6, 0.9]) {
      await expect(convert(file.subarray(0, file.length * part))).rejects.toThrow(UnusableImageError);
    }
  });

  it("cut off in the middle is refused: bmp", async () => {
    const file = await bmpOf(picture(300, 200));
    await expect(convert(file.subarray(0, file.length / 2))).rejects.toThrow(UnusableImageError);
  });

  it("does not spoil the next image", async () => {
    const file = await picture(300, 200).png().toBuffer();
    const garbled = Buffer.from(file).fill(0x55, 5000, 5200);
    await expect(convert(garbled)).rejects.toThrow(UnusableImageError);
    await expectSepia(file, EXACT);
  });
});
