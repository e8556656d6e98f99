import { parentPort, workerData } from "node:worker_threads";
import type { ImageType } from "../shared/image-file";
import type { CodecModules } from "./codecs";
import { createSepia, type SepiaImage } from "./sepia-image";
import { UnusableImageError } from "./unusable-image";

// A thread of the pool. It takes a file, answers with an image or with why there can be none, and dies of any other error.

export interface ThreadRequest {
  readonly bytes: Uint8Array;
  readonly type: ImageType;
}

export type ThreadReply =
  | { readonly kind: "ready" }
  | { readonly kind: "image"; readonly image: Omit<SepiaImage, "png"> & { readonly png: Uint8Array } }
  | { readonly kind: "unusable"; readonly reason: string; readonly detail: string | undefined };

if (!parentPort) throw new Error("this file runs in a worker thread only");
const port = parentPort;
const sepia = await createSepia(workerData as CodecModules);

async function answer({ bytes, type }: ThreadRequest): Promise<void> {
  try {
    const image = await sepia(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), type);
    const png = new Uint8Array(image.png.buffer, image.png.byteOffset, image.png.byteLength);
    port.postMessage({ kind: "image", image: { ...image, png } } satisfies ThreadReply, [
      image.png.buffer as ArrayBuffer,
    ]);
  } catch (error) {
    if (!(error instanceof UnusableImageError)) throw error;
    const { message: reason, cause } = error;
    const detail = cause instanceof Error ? cause.message : JSON.stringify(cause);
    port.postMessage({ kind: "unusable", reason, detail } satisfies ThreadReply);
  }
}

port.on("message", (request: ThreadRequest) => {
  void answer(request); // a rejection ends the thread, and the pool hears of it
});
port.postMessage({ kind: "ready" } satisfies ThreadReply);
