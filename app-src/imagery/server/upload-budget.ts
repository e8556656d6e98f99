import { MAX_UPLOAD_BYTES } from "../shared/limits";
import { Problem } from "./problem";

/** Bytes of uploads held at the same time: half of the memory that the unit may have (MemoryMax in imagery-server.service). */
const BUDGET_BYTES = 200 * 1024 * 1024;

/** Bounds what all uploads together hold in memory, by what each says it will send. */
export class UploadBudget {
  private held = 0;

  /** @param total bytes that may be held at the same time */
  constructor(private readonly total = BUDGET_BYTES) {}

  /**
   * Sets memory aside for a request's body, of which never more than a largest upload is held.
   * @param contentLength the request's header; a body of unknown length counts as a largest one
   * @returns gives it back
   * @throws Problem 503 when that much is not left
   */
  reserve(contentLength: string | undefined): () => void {
    const bytes = Math.min(Number(contentLength ?? MAX_UPLOAD_BYTES), MAX_UPLOAD_BYTES);
    if (this.held + bytes > this.total) {
      throw new Problem(503, "too many uploads at once; try again in a moment", { "Retry-After": "1" });
    }
    this.held += bytes;
    return () => {
      this.held -= bytes;
    };
  }
}
