import { exceedsPixelLimit, type Dimensions } from "../shared/image-file";
import { readJpegFrame, startsJpegFrame } from "./jpeg-frame";
import { UnusableImageError } from "./unusable-image";

const TAG = {
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  stripOffsets: 273,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripBytes: 279,
  planarConfiguration: 284,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileBytes: 325,
  jpegTables: 347,
} as const;

/** Bytes of a value of each field type, TIFF 6.0, section 2. */
const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];

/** Adobe's and the old number of the same compression. */
const DEFLATE = [8, 32_946];

const JPEG = 7;

/** None, the three of fax, LZW, JPEG, deflate, PackBits; the others are old or cameras' own. JPEG tiles the decoder gets wrong. */
const COMPRESSIONS = [1, 2, 3, 4, 5, ...DEFLATE, 32_773];
const STRIP_COMPRESSIONS = [...COMPRESSIONS, JPEG];

/** What is known of a TIFF file's first image before any of it is unpacked. */
export interface TiffDirectory extends Dimensions {
  /** Where the file says at what offset the next directory is. */
  readonly nextDirectoryAt: number;
  /** The strips or tiles that are packed by deflate, each with the bytes that it may unpack to. */
  readonly deflated: readonly { readonly start: number; readonly end: number; readonly unpackedBytes: number }[];
}

/**
 * Reads the first directory, and refuses what the decoder would not notice or not survive.
 * @throws UnusableImageError
 */
export function readTiffDirectory(bytes: Buffer): TiffDirectory {
  const fields = new Fields(bytes);
  const width = fields.number(TAG.width);
  const height = fields.number(TAG.height);
  if (!width || !height) throw damaged();
  const bitsPerPixel = fields.number(TAG.bitsPerSample, 1) * fields.number(TAG.samplesPerPixel, 1);
  const planes = fields.number(TAG.planarConfiguration, 1);
  const compression = fields.number(TAG.compression, 1);
  const tiled = fields.number(TAG.tileWidth) > 0;
  if (!(tiled ? COMPRESSIONS : STRIP_COMPRESSIONS).includes(compression) || bitsPerPixel > 64 || planes !== 1) {
    throw new UnusableImageError("The TIFF file uses a kind of compression or colour that is not supported.");
  }
  const found = { width, height, nextDirectoryAt: fields.nextDirectoryAt, deflated: [] };
  if (exceedsPixelLimit(found)) return found;

  const tile = { width: fields.number(TAG.tileWidth), height: fields.number(TAG.tileHeight) };
  if (exceedsPixelLimit(tile)) return { ...found, ...tile };
  const rows = Math.min(fields.number(TAG.rowsPerStrip, height), height);
  const part = tiled ? tile : { width, height: rows };
  if (!part.width || !part.height) throw damaged();
  const offsets = fields.numbers(tiled ? TAG.tileOffsets : TAG.stripOffsets);
  const sizes = fields.numbers(tiled ? TAG.tileBytes : TAG.stripBytes);
  const count = Math.ceil(width / part.width) * Math.ceil(height / part.height);
  const unpackedBytes = Math.ceil((part.width * bitsPerPixel) / 8) * part.height;
  if (offsets.length !== count || sizes.length !== count) throw damaged();
  const parts = offsets.map((start, i) => ({ start, end: start + (sizes[i] ?? 0), unpackedBytes }));
  if (parts.some(({ end }) => end > bytes.length)) {
    throw new UnusableImageError("The TIFF file is incomplete: it ends in the middle of the image.");
  }
  if (compression === JPEG) {
    if (fields.bytesOf(TAG.jpegTables).some((byte, i, all) => all[i - 1] === 0xff && startsJpegFrame(byte)))
      throw damaged();
    for (const { start, end } of parts) {
      const frame = readJpegFrame(bytes.subarray(start, end));
      if (!frame || frame.width > part.width || frame.height > part.height) throw damaged();
    }
  }
  return { ...found, deflated: DEFLATE.includes(compression) ? parts : [] };
}

function damaged(): UnusableImageError {
  return new UnusableImageError("The TIFF file has a damaged header.");
}

/** The fields of the first directory, all of them checked to lie within the file. */
class Fields {
  readonly nextDirectoryAt: number;
  private readonly littleEndian: boolean;
  private readonly fields = new Map<number, { type: number; count: number; at: number }>();

  constructor(private readonly bytes: Buffer) {
    this.littleEndian = bytes[0] === 0x49;
    const start = this.long(4);
    const count = this.short(start);
    for (let i = 0; i < count; i++) {
      const at = start + 2 + 12 * i;
      const type = this.short(at + 2);
      const values = this.long(at + 4);
      const size = (TYPE_BYTES[type] ?? 0) * values;
      const place = size > 4 ? this.long(at + 8) : at + 8;
      if (place + size > bytes.length) throw damaged();
      this.fields.set(this.short(at), { type, count: values, at: place });
    }
    this.nextDirectoryAt = start + 2 + 12 * count;
    this.long(this.nextDirectoryAt);
  }

  /** @returns the field's first number, the default when there is no such field */
  number(tag: number, otherwise?: number): number {
    return this.numbers(tag)[0] ?? otherwise ?? 0;
  }

  numbers(tag: number): number[] {
    const field = this.fields.get(tag);
    if (!field) return [];
    const { type, count, at } = field;
    if (type === 3) return Array.from({ length: count }, (_, i) => this.short(at + 2 * i));
    if (type === 4) return Array.from({ length: count }, (_, i) => this.long(at + 4 * i));
    throw damaged();
  }

  bytesOf(tag: number): Buffer {
    const { count = 0, at = 0 } = this.fields.get(tag) ?? {};
    return this.bytes.subarray(at, at + count);
  }

  private short(at: number): number {
    if (at + 2 > this.bytes.length) throw damaged();
    return this.littleEndian ? this.bytes.readUInt16LE(at) : this.bytes.readUInt16BE(at);
  }

  private long(at: number): number {
    if (at + 4 > this.bytes.length) throw damaged();
    return this.littleEndian ? this.bytes.readUInt32LE(at) : this.bytes.readUInt32BE(at);
  }
}
