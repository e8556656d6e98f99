import { describe, expect, it } from "@jest/globals";
import sharp from "sharp";
import {
  MAX_PIXELS,
  exceedsPixelLimit,
  readDimensions,
  sniffImageType,
  type ImageType,
} from "../../../../app-src/imagery/shared/image-file";
import { bmp, pngHeader } from "../../../support/images";

const drawing = sharp({ create: { width: 40, height: 30, channels: 3, background: "#8a4b2a" } });

const files: [ImageType, () => Promise<Buffer>][] = [
  ["jpeg", () => drawing.clone().jpeg().toBuffer()],
  ["png", () => drawing.clone().png().toBuffer()],
  ["gif", () => drawing.clone().gif().toBuffer()],
  ["tiff", () => drawing.clone().tiff().toBuffer()],
  ["bmp", () => Promise.resolve(bmp(40, 30))],
];

describe.each(files)("a %s file", (type, file) => {
  it("is known by its content", async () => {
    expect(sniffImageType(await file())).toBe(type);
  });

  it("tells its dimensions", async () => {
    expect(readDimensions(await file())).toEqual({ width: 40, height: 30 });
  });

  it("when cut off after its signature, tells no dimensions", async () => {
    expect(readDimensions((await file()).subarray(0, 8))).toBeUndefined();
  });
});

describe("other content", () => {
  it.each([
    ["nothing", ""],
    ["text", "hello, I am a photo"],
    ["HTML", "<!doctype html>"],
    ["SVG", '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ["half of a PNG signature", "\x89PNG"],
    ["WebP", "RIFF\0\0\0\0WEBPVP8 "],
    ["PDF", "%PDF-1.7"],
  ])("when it is %s, is no accepted image", (_name, text) => {
    expect(sniffImageType(Buffer.from(text, "latin1"))).toBeUndefined();
  });

  it("when it lies in the middle of a larger buffer, is read from its own beginning", () => {
    expect(sniffImageType(Buffer.from("xxGIF89a....").subarray(2))).toBe("gif");
  });
});

describe("the pixel limit", () => {
  it("is known from a PNG header alone", () => {
    expect(readDimensions(pngHeader(30_000, 30_000))).toEqual({ width: 30_000, height: 30_000 });
  });

  it.each([
    [5_000, MAX_PIXELS / 5_000, false],
    [5_000, MAX_PIXELS / 5_000 + 1, true],
    [30_000, 30_000, true],
    [1, MAX_PIXELS + 1, true],
  ])("when an image has %d × %d pixels, is exceeded: %s", (width, height, exceeded) => {
    expect(exceedsPixelLimit({ width, height })).toBe(exceeded);
  });

  it("when a header says that there are no pixels, is no image", () => {
    expect(readDimensions(pngHeader(0, 10))).toBeUndefined();
  });
});
