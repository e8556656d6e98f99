import { MAX_PIXELS } from "../shared/image-file";
import type { CodecModules } from "./codecs";
import { LARGE_IMAGE_PIXELS, type ImageHeader } from "./header";
import type { SepiaImage } from "./sepia-image";
import { SepiaThread } from "./sepia-thread";
import { UnusableImageError } from "./unusable-image";

/** Pixels in work at the same time, for each thread: what bounds the memory. An image of twice as many waits for others to end. */
const PIXELS_PER_THREAD = MAX_PIXELS / 2;

/** Milliseconds before a thread that could not even start is tried again. */
const RESTART_DELAY_MS = 1000;

export interface SepiaPoolOptions {
  /** The thread's bundle. */
  readonly threadFile: URL;
  readonly codecs: CodecModules;
  /** Images worked on at the same time. */
  readonly threads: number;
  /** Milliseconds after which an image is given up, and its thread with it. Default 60 s. */
  readonly timeLimitMs?: number;
}

interface Task {
  readonly bytes: Buffer;
  readonly header: ImageHeader;
  resolve(image: SepiaImage): void;
  reject(error: unknown): void;
}

/** Threads that turn images into sepia. A thread that dies, hangs or grows takes no other image with it, and is replaced. */
export class SepiaPool {
  private readonly threads = new Set<SepiaThread>();
  private readonly waiting: Task[] = [];
  private pixelsInWork = 0;
  private closed = false;

  constructor(private readonly options: SepiaPoolOptions) {
    for (let i = 0; i < options.threads; i++) this.startThread();
  }

  /** Whether there is a thread to work with. */
  get usable(): boolean {
    return [...this.threads].some((thread) => thread.usable);
  }

  /**
   * @param bytes the file; filling its ArrayBuffer, which is transferred: it is gone from this thread afterwards
   * @throws UnusableImageError when the image can never be processed; ThreadDiedError when trying again may help
   */
  run(bytes: Buffer, header: ImageHeader): Promise<SepiaImage> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ bytes, header, resolve, reject });
      this.dispatch();
    });
  }

  /** Ends every thread; what they are at fails. */
  async close(): Promise<void> {
    this.closed = true;
    for (const task of this.waiting.splice(0)) task.reject(new Error("the image threads are shut down"));
    await Promise.all([...this.threads].map((thread) => thread.end()));
    this.threads.clear();
  }

  private startThread(): void {
    if (this.closed) return;
    const { threadFile, codecs, timeLimitMs = 60_000 } = this.options;
    const thread = new SepiaThread(
      threadFile,
      codecs,
      timeLimitMs,
      () => {
        this.dispatch();
      },
      (wasReady) => {
        this.threads.delete(thread);
        if (wasReady) this.startThread();
        else {
          setTimeout(() => {
            this.startThread();
          }, RESTART_DELAY_MS).unref();
        }
      },
    );
    this.threads.add(thread);
  }

  /** Gives waiting images, in their order, to idle threads as long as their pixels fit. */
  private dispatch(): void {
    for (;;) {
      const task = this.waiting[0];
      const thread = [...this.threads].find(({ idle }) => idle);
      if (!task || !thread) return;
      const budget = this.options.threads * PIXELS_PER_THREAD;
      if (this.pixelsInWork > 0 && this.pixelsInWork + task.header.pixels > budget) return;
      this.waiting.shift();
      void this.work(thread, task);
    }
  }

  private async work(thread: SepiaThread, task: Task): Promise<void> {
    const { bytes, header } = task;
    this.pixelsInWork += header.pixels;
    let spent = header.pixels > LARGE_IMAGE_PIXELS;
    try {
      task.resolve(await thread.run({ bytes, type: header.type }));
    } catch (error) {
      // A codec that gave up in the middle may have left its memory in any state.
      spent ||= error instanceof UnusableImageError;
      task.reject(error);
    }
    if (spent && this.threads.delete(thread)) {
      await thread.end();
      this.startThread();
    }
    this.pixelsInWork -= header.pixels;
    this.dispatch();
  }
}
