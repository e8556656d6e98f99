/** A command that cannot be carried out as it was given; nothing was sent. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
