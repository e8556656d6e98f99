import { IMAGE_TYPES, MAX_UPLOAD_BYTES, mimeType } from "../shared/limits";

const accepted = new Set<string>(IMAGE_TYPES.map(mimeType));

/**
 * What the browser can already tell to be wrong with a file, so that nothing is sent in vain. The server decides by the content.
 * @returns a sentence for the user, or `undefined` when the file may be sent
 */
export function problemWith(file: File): string | undefined {
  if (file.size === 0) return "This file is empty.";
  if (file.size > MAX_UPLOAD_BYTES)
    return `This file has ${megabytes(file.size)}; at most ${megabytes(MAX_UPLOAD_BYTES)} can be sent.`;
  // Browsers know no type for some files; those are left to the server.
  if (file.type !== "" && !accepted.has(file.type)) {
    return `This is ${file.type}. JPEG, PNG, GIF, BMP and TIFF images can be processed.`;
  }
  return undefined;
}

/** A size for people, such as "3.4 MiB". */
export function megabytes(bytes: number): string {
  return bytes < 100_000
    ? `${Math.max(1, Math.round(bytes / 1024))} KiB`
    : `${Math.round((bytes / 1024 / 1024) * 10) / 10} MiB`;
}
