// Used by the services and by the web page: nothing here may need Node.

/** Largest accepted upload, in bytes. */
export const MAX_UPLOAD_BYTES = 10 * 1024 * 1024;

/**
 * Largest accepted image, in pixels. Decoded, a pixel takes four bytes, and a worker's thread holds a few such copies:
 * 25 megapixels stay within the memory of the smallest machine.
 */
export const MAX_PIXELS = 25_000_000;

export const IMAGE_TYPES = ["jpeg", "png", "gif", "bmp", "tiff"] as const;
export type ImageType = (typeof IMAGE_TYPES)[number];

export function mimeType(type: ImageType): string {
  return `image/${type}`;
}
