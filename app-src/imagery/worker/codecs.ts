import { readFile } from "node:fs/promises";
import bmp from "@jimp/js-bmp";
import gif from "@jimp/js-gif";
import jimpJpeg from "@jimp/js-jpeg";
import decodeJpeg, { init as initJpeg } from "@jsquash/jpeg/decode.js";
import decodePng, { init as initPngDecoder } from "@jsquash/png/decode.js";
import encodePng, { init as initPngEncoder } from "@jsquash/png/encode.js";
import { LARGE_IMAGE_PIXELS } from "./header";
import { readJpegFrame } from "./jpeg-frame";
import { tiff } from "./tiff";

/** The compiled WebAssembly codecs. Threads get them as they are: compiling happens once. */
export interface CodecModules {
  readonly jpeg: WebAssembly.Module;
  readonly png: WebAssembly.Module;
}

/** @param folder with the codecs' `.wasm` files, ending in a slash */
export async function loadCodecModules(folder: URL): Promise<CodecModules> {
  const compile = async (file: string) => WebAssembly.compile(await readFile(new URL(file, folder)));
  const [jpeg, png] = await Promise.all([compile("mozjpeg_dec.wasm"), compile("squoosh_png_bg.wasm")]);
  return { jpeg, png };
}

/** jimp's formats by image type: JPEG and PNG by WebAssembly, the others by jimp's own decoders. */
export async function createFormats(modules: CodecModules) {
  const prepareJpeg = async () =>
    initJpeg({
      instantiateWasm(imports, done) {
        const instance = new WebAssembly.Instance(modules.jpeg, imports);
        done(instance);
        return instance.exports;
      },
      // The decoder's warnings; what they are worth is in the error that it throws.
      printErr: () => undefined,
    });
  await Promise.all([prepareJpeg(), initPngDecoder(modules.png), initPngEncoder(modules.png)]);
  return { jpeg: () => jpeg(prepareJpeg), png, gif, bmp, tiff };
}

/**
 * Decodes only, and turns the image as its EXIF orientation says.
 * @param prepare makes a new instance of the decoder, so that the memory of the last one can go before the image is encoded
 */
function jpeg(prepare: () => Promise<void>) {
  return {
    mime: "image/jpeg" as const,
    encode: (): never => {
      throw new Error("the JPEG format only decodes");
    },
    decode: async (bytes: Buffer) => {
      // The WebAssembly decoder does not know printers' colours (CMYK), which jimp's own does.
      if (readJpegFrame(bytes)?.components === 4) return jimpJpeg().decode(bytes);
      const image = await decodeJpeg(standalone(bytes), { preserveOrientation: true });
      if (image.width * image.height > LARGE_IMAGE_PIXELS) await prepare();
      return toBitmap(image);
    },
  };
}

function png() {
  return {
    mime: "image/png" as const,
    hasAlpha: true,
    encode: async ({ data, width, height }: { data: Buffer; width: number; height: number }) =>
      Buffer.from(await encodePng({ data: new Uint8ClampedArray(standalone(data)), width, height })),
    decode: async (bytes: Buffer) => toBitmap(await decodePng(standalone(bytes))),
  };
}

function toBitmap({ data, width, height }: { data: Uint8ClampedArray; width: number; height: number }) {
  return { data: Buffer.from(data.buffer, data.byteOffset, data.byteLength), width, height };
}

/** The codecs look at a whole ArrayBuffer: one that holds other things too (a small Buffer's pool) is copied. */
function standalone(bytes: Buffer): ArrayBuffer {
  const { buffer, byteLength } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) return buffer;
  return new Uint8Array(bytes).buffer;
}
