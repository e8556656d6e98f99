import { setTimeout as sleep } from "node:timers/promises";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { failureKey, parseFailure, pictureKey, type Failure } from "../shared/result";
import { TimedOutError } from "./errors";

/** Milliseconds between the first two looks, and at most: each look is two requests. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2000;

/** What became of a page: a PNG of 1024 x 768 pixels, or why there is none. */
export type Result =
  { readonly kind: "picture"; readonly body: Buffer } | { readonly kind: "failure"; readonly document: Failure };

export interface WaitOptions {
  /** Milliseconds after which waiting is given up. Default: two minutes. */
  readonly timeoutMs?: number;
  /** Ends the wait with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** An object that cannot be read, which has two meanings for who may not list the bucket. */
const DENIED = "denied";

/** Looks for results in the bucket. */
export class Results {
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
  ) {}

  /** @throws TimedOutError; what S3 says, when it is not that there is nothing yet */
  async wait(id: string, { timeoutMs = 120_000, signal }: WaitOptions): Promise<Result> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
    let denied = false;
    try {
      for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(1.5 * pause, LONGEST_PAUSE_MS)) {
        const result = await this.look(id, either);
        if (typeof result === "object") return result;
        denied ||= result === DENIED;
        await sleep(pause, undefined, { signal: either });
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (timeout.aborted) throw new TimedOutError(id, timeoutMs, denied);
      throw error;
    }
  }

  /** A picture counts, whatever else there is: a message that is delivered twice may fail the first time. */
  private async look(id: string, signal: AbortSignal): Promise<Result | typeof DENIED | undefined> {
    const [picture, failure] = await Promise.all([
      this.read(pictureKey(id), signal),
      this.read(failureKey(id), signal),
    ]);
    if (picture instanceof Buffer) return { kind: "picture", body: picture };
    if (failure instanceof Buffer) {
      // It may have come between the two.
      const late = await this.read(pictureKey(id), signal);
      if (late instanceof Buffer) return { kind: "picture", body: late };
      return { kind: "failure", document: parseFailure(failure.toString()) };
    }
    return picture === DENIED || failure === DENIED ? DENIED : undefined;
  }

  private async read(key: string, signal: AbortSignal): Promise<Buffer | typeof DENIED | undefined> {
    try {
      const command = new GetObjectCommand({ Bucket: this.bucket, Key: key });
      const { Body } = await this.client.send(command, { abortSignal: signal });
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    } catch (error) {
      const { name } = error as Error;
      if (name === "NoSuchKey") return undefined;
      if (name === "AccessDenied") return DENIED;
      throw error;
    }
  }
}
