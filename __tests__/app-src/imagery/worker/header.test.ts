import { deflateSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { checkHeader } from "../../../../app-src/imagery/worker/header";
import { tiff } from "../../../../app-src/imagery/worker/tiff";
import {
  bmp,
  gifHeader,
  jpegHeader,
  picture,
  pngHeader,
  tiffDataAt,
  tiffFile,
  type TiffField,
} from "./support/samples";

const tiffOf = (width: number, height: number) =>
  tiffFile([
    [256, 4, width],
    [257, 4, height],
  ]);

describe("checkHeader", () => {
  it("tells type and dimensions", async () => {
    for (const type of ["jpeg", "png", "gif", "tiff"] as const) {
      const file = await picture(300, 200).toFormat(type).toBuffer();
      expect(checkHeader(file)).toEqual({ type, width: 300, height: 200, pixels: 60_000 });
    }
    expect(checkHeader(bmp(300, 200))).toEqual({ type: "bmp", width: 300, height: 200, pixels: 60_000 });
  });

  it("refuses what is no image, whatever its name may be", () => {
    expect(() => checkHeader(Buffer.from("a text"))).toThrow("not a JPEG, PNG, GIF, BMP or TIFF image");
    expect(() => checkHeader(Buffer.alloc(0))).toThrow("not a JPEG, PNG, GIF, BMP or TIFF image");
  });

  describe("when an image would take too much memory", () => {
    const bmpBomb = bmp(1, 1);
    bmpBomb.writeInt32LE(30_000, 18);
    bmpBomb.writeInt32LE(-30_000, 22);
    it.each([
      ["PNG", pngHeader(30_000, 30_000)],
      ["JPEG", jpegHeader(30_000, 30_000)],
      [
        "JPEG with fill bytes and rubbish between its segments",
        jpegHeader(30_000, 30_000, Buffer.from([0, 7, 0xff, 0xff])),
      ],
      ["GIF", gifHeader([30_000, 30_000], [1, 1])],
      ["GIF with a frame larger than its screen", gifHeader([1, 1], [30_000, 30_000])],
      ["BMP", bmpBomb],
      ["TIFF", tiffOf(30_000, 30_000)],
      [
        "TIFF with large tiles",
        tiffFile([
          [256, 4, 1],
          [257, 4, 1],
          [322, 4, 30_000],
          [323, 4, 30_000],
        ]),
      ],
    ])("refuses it: %s", (_, file) => {
      expect(() => checkHeader(file)).toThrow(/has 30000 × -?30000 pixels; at most 25 million are allowed/);
    });
  });

  it.each([
    ["PNG", pngHeader(0, 10)],
    ["PNG", pngHeader(10, 10).subarray(0, 18)],
    ["JPEG", jpegHeader(0, 0)],
    ["JPEG", jpegHeader(10, 10).subarray(0, 12)],
    ["GIF", gifHeader([10, 10], [10, 10]).subarray(0, 12)],
    ["GIF", gifHeader([10, 10], [10, 10]).subarray(0, 30)],
    ["BMP", bmp(0, 0)],
    ["TIFF", tiffOf(0, 10)],
    ["TIFF", tiffOf(10, 10)],
    ["TIFF", tiffOf(10, 10).subarray(0, 20)],
    ["TIFF", Buffer.from("II*\0\xff\xff\xff\xff", "latin1")],
  ])("refuses a damaged header: %s", (type, file) => {
    expect(() => checkHeader(file)).toThrow(`The ${type} file has a damaged header.`);
  });

  it("refuses a JPEG without an end", async () => {
    const file = await picture(300, 200).jpeg().toBuffer();
    expect(() => checkHeader(file.subarray(0, -2))).toThrow("The JPEG file is incomplete");
  });

  it("refuses TIFF files of kinds whose decoders are not safe or not right", async () => {
    const file = await picture().tiff({ compression: "jpeg", tile: true }).toBuffer();
    expect(() => checkHeader(file)).toThrow("a kind of compression or colour that is not supported");
  });
});

describe("tiff", () => {
  const fields = (packedBytes: number): readonly TiffField[] => {
    const data = tiffDataAt(8);
    return [
      [256, 4, 16],
      [257, 4, 16],
      [258, 3, 8],
      [259, 3, 8],
      [262, 3, 1],
      [273, 4, data],
      [278, 4, 16],
      [279, 4, packedBytes],
    ];
  };

  it("decodes the first page only, even when the directories form a circle", async () => {
    const packed = deflateSync(Buffer.alloc(256, 7));
    const { data } = await Promise.resolve(tiff().decode(tiffFile(fields(packed.length), packed, 8)));
    expect([...data.subarray(0, 4)]).toEqual([7, 7, 7, 255]);
  });

  it("refuses a JPEG inside that is larger than its strip", () => {
    const jpeg = jpegHeader(60_000, 60_000);
    const file = tiffFile(
      fields(jpeg.length).map(([tag, type, value]) => [tag, type, tag === 259 ? 7 : value]),
      jpeg,
    );
    expect(() => checkHeader(file)).toThrow("damaged header");
  });

  it("refuses a strip that unpacks to more than its rows", () => {
    const packed = deflateSync(Buffer.alloc(100_000));
    expect(() => tiff().decode(tiffFile(fields(packed.length), packed))).toThrow("larger than");
  });
});
