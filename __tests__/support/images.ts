import { crc32 } from "node:zlib";

/** A PNG file that ends after its header, which claims these dimensions. */
export function pngHeader(width: number, height: number): Buffer {
  const header = Buffer.alloc(17);
  header.write("IHDR", 0, "latin1");
  header.writeUInt32BE(width, 4);
  header.writeUInt32BE(height, 8);
  header.set([8, 2, 0, 0, 0], 12);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(13);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(header));
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), length, header, checksum]);
}

/** A black uncompressed bitmap of 24 bits a pixel (sharp cannot write this format). */
export function bmp(width: number, height: number): Buffer {
  const pixels = Math.ceil((width * 3) / 4) * 4 * height;
  const file = Buffer.alloc(54 + pixels);
  file.write("BM", 0, "latin1");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  file.writeUInt32LE(pixels, 34);
  return file;
}
