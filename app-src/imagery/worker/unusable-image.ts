/** A file that can never be processed; the message tells the image's owner why. */
export class UnusableImageError extends Error {
  /** @param cause what the codec said, for the log */
  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = "UnusableImageError";
  }
}
