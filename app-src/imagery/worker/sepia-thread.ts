import { Worker } from "node:worker_threads";
import type { CodecModules } from "./codecs";
import type { SepiaImage } from "./sepia-image";
import type { ThreadReply, ThreadRequest } from "./thread";
import { UnusableImageError } from "./unusable-image";

/** JavaScript heap of a thread. Pixels live outside of it; only a decoder that runs wild comes near. */
const MAX_HEAP_MB = 256;

/** A thread died, and the image that it was at may or may not be the reason. */
export class ThreadDiedError extends Error {
  constructor(cause: unknown) {
    super("the image thread died", { cause });
    this.name = "ThreadDiedError";
  }
}

interface Work {
  resolve(image: SepiaImage): void;
  reject(error: Error): void;
  readonly timer: NodeJS.Timeout;
}

/** One worker thread, which works on one image at a time. */
export class SepiaThread {
  private readonly worker: Worker;
  private ready = false;
  private dead = false;
  private error: unknown;
  private work: Work | undefined;

  /**
   * @param onReady called once, when the thread can work
   * @param onDeath called once, when it has ended for any reason but `end`; `wasReady` tells whether it ever could work
   */
  constructor(
    file: URL,
    codecs: CodecModules,
    private readonly timeLimitMs: number,
    private readonly onReady: () => void,
    private readonly onDeath: (wasReady: boolean) => void,
  ) {
    this.worker = new Worker(file, {
      workerData: codecs,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
      stdout: true,
    });
    this.worker.stdout.resume(); // a decoder's chatter does not belong in the log
    this.worker.on("message", (reply: ThreadReply) => {
      this.receive(reply);
    });
    this.worker.on("error", (error) => {
      this.error = error;
    });
    this.worker.on("exit", (code) => {
      this.die(this.error ?? new Error(`exit code ${code}`));
    });
  }

  /** Whether the thread can take an image now. */
  get idle(): boolean {
    return this.ready && !this.dead && !this.work;
  }

  /** Whether the thread has started. */
  get usable(): boolean {
    return this.ready && !this.dead;
  }

  /**
   * @param request its bytes are transferred: they are gone from this thread
   * @throws UnusableImageError, ThreadDiedError
   */
  run(request: ThreadRequest): Promise<SepiaImage> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const seconds = this.timeLimitMs / 1000;
        this.fail(new UnusableImageError(`The image could not be processed within ${seconds} seconds.`));
        void this.worker.terminate();
      }, this.timeLimitMs);
      this.work = { resolve, reject, timer };
      this.worker.postMessage(request, [request.bytes.buffer as ArrayBuffer]);
    });
  }

  /** Ends the thread at once. */
  async end(): Promise<void> {
    this.dead = true;
    this.fail(new ThreadDiedError(new Error("ended")));
    await this.worker.terminate();
  }

  private receive(reply: ThreadReply): void {
    if (reply.kind === "ready") {
      this.ready = true;
      this.onReady();
    } else if (reply.kind === "image") {
      const { png } = reply.image;
      const work = this.finish();
      work?.resolve({ ...reply.image, png: Buffer.from(png.buffer, png.byteOffset, png.byteLength) });
    } else {
      this.fail(new UnusableImageError(reply.reason, reply.detail));
    }
  }

  private die(error: unknown): void {
    if (this.dead) return;
    this.dead = true;
    const outOfMemory = isObject(error) && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
    this.fail(
      outOfMemory
        ? new UnusableImageError("Processing the image would take more memory than there is.", error)
        : new ThreadDiedError(error),
    );
    this.onDeath(this.ready);
  }

  private fail(error: Error): void {
    this.finish()?.reject(error);
  }

  private finish(): Work | undefined {
    const { work } = this;
    clearTimeout(work?.timer);
    this.work = undefined;
    return work;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
