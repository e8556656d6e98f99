import type { StackSnapshot } from "../snapshot";

/** What the page gets each second. */
export interface ConsoleView {
  readonly snapshot: StackSnapshot;
  /** Newest first. */
  readonly pictures: readonly Picture[];
  /** What could not be read, for people. */
  readonly trouble?: string;
}

/** An object that is a picture by its name. */
export interface Picture {
  readonly bucket: string;
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
}
