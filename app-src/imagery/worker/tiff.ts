import { inflateSync } from "node:zlib";
import jimpTiff from "@jimp/js-tiff";
import { readTiffDirectory } from "./tiff-directory";

/**
 * jimp's TIFF format, kept to the first page and to the memory that its header speaks of: by itself the decoder unpacks every
 * page of the file, and deflated strips to whatever size they have.
 */
export function tiff(): ReturnType<typeof jimpTiff> {
  const format = jimpTiff();
  return {
    ...format,
    decode(bytes) {
      const { nextDirectoryAt, deflated } = readTiffDirectory(bytes);
      for (const { start, end, unpackedBytes } of deflated) {
        inflateSync(bytes.subarray(start, end), { maxOutputLength: unpackedBytes });
      }
      bytes.writeUInt32LE(0, nextDirectoryAt);
      return format.decode(bytes);
    },
  };
}
