import { expect } from "@jest/globals";
import sharp from "sharp";

/** Expects a PNG of the picture's size. */
export async function expectPicture(png: Buffer): Promise<void> {
  const { format, width, height } = await sharp(png).metadata();
  expect({ format, width, height }).toEqual({ format: "png", width: 1024, height: 768 });
}

/** The colour of a pixel of a picture: red, green, blue. */
export async function colourAt(png: Buffer, left: number, top: number): Promise<number[]> {
  const pixel = await sharp(png).extract({ left, top, width: 1, height: 1 }).removeAlpha().raw().toBuffer();
  return [...pixel];
}
