import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, type CDPSession } from "puppeteer-core";
import type { Logger } from "../../shared/logger";
import { ChromiumProcess, type ProcessOptions } from "./chromium-process";
import { watchMemory, type MemoryWatch } from "./memory-watch";

/** Milliseconds for Chromium to start: many times what it takes. */
const START_MS = 30_000;

/** The browser ended, or had to be ended, under a page; which may have been another page's doing. */
export class BrowserGoneError extends Error {
  override readonly name = "BrowserGoneError";
}

/** Chromium did not start. */
export class StartError extends Error {
  override readonly name = "StartError";

  constructor(
    program: string,
    /** What Chromium said. */
    readonly output: string,
    options?: ErrorOptions,
  ) {
    super(`could not start ${program}: ${output || "it said nothing"}`, options);
  }
}

export interface ChromiumOptions extends ProcessOptions {
  readonly logger: Logger;
  /** Milliseconds for an answer to what does not depend on a page. */
  readonly answerMs: number;
  /** Megabytes of one process, of all its processes. A process above the first, or the largest above the second, is killed. */
  readonly memory: { readonly processMb: number; readonly treeMb: number };
}

/** A running Chromium. */
export class Chromium {
  /** Pages opened so far. */
  visits = 0;
  /** Pages in work. */
  inWork = 0;
  private readonly end = new AbortController();
  private readonly memory: MemoryWatch;
  private killing: Promise<void> | undefined;

  /** @throws StartError */
  static async start(options: ChromiumOptions): Promise<Chromium> {
    const process = await ChromiumProcess.spawn(options);
    try {
      const root = await Promise.race([
        connectTo(process),
        process.ended,
        sleep(START_MS, undefined, { ref: false }).then(() => undefined),
      ]);
      if (root && process.pid !== undefined) return new Chromium(process, process.pid, root, options);
      throw new StartError(options.program, process.output);
    } catch (error) {
      await process.kill();
      // The pipe breaks a moment before what Chromium said about it is here.
      throw error instanceof StartError ? error : new StartError(options.program, process.output, { cause: error });
    }
  }

  private constructor(
    private readonly process: ChromiumProcess,
    readonly pid: number,
    private readonly root: CDPSession,
    private readonly options: ChromiumOptions,
  ) {
    const { memory, logger } = options;
    setMaxListeners(0, this.end.signal); // one for each page in work
    this.memory = watchMemory(pid, memory, logger);
    void process.ended.then(() => {
      this.giveUp(`Chromium ended: ${process.output}`);
    });
    process.transport.onend = () => {
      this.giveUp("Chromium closed its pipe");
    };
  }

  /** Aborted, with a `BrowserGoneError`, when it is gone or has to go: whoever owns it kills it then. */
  get gone(): AbortSignal {
    return this.end.signal;
  }

  /** Megabytes of all its processes a moment ago. */
  get memoryMb(): number {
    return this.memory.treeMb;
  }

  /** Whether a process was killed for its memory within the last seconds: then that is what a page crashed of. */
  get killedForMemory(): boolean {
    return this.memory.killedLately;
  }

  /** Asks the browser itself. One that does not answer is killed. @throws BrowserGoneError */
  readonly call: CDPSession["send"] = async (method, params) => {
    try {
      return await this.root.send(method, params, { timeout: this.options.answerMs });
    } catch (error) {
      this.gone.throwIfAborted();
      if (error instanceof Error && !error.message.includes("timed out")) throw error;
      await this.kill(`Chromium did not answer to ${method} within ${this.options.answerMs / 1000} s`);
      throw this.gone.reason;
    }
  };

  /** Attaches to a page. */
  async attach(targetId: string): Promise<CDPSession> {
    const { sessionId } = await this.call("Target.attachToTarget", { targetId, flatten: true });
    const session = this.root.connection()?.session(sessionId);
    if (session) return session;
    this.gone.throwIfAborted();
    throw new BrowserGoneError("the page was gone before it was opened");
  }

  /** Ends all its processes, and resolves when they are gone. Pages in work fail with a `BrowserGoneError`. */
  kill(reason: string): Promise<void> {
    this.giveUp(reason);
    this.killing ??= this.process.kill();
    return this.killing;
  }

  /** Declares it gone; the browser that owns it ends what is left of it. */
  giveUp(reason: string): void {
    if (this.gone.aborted) return;
    this.memory.stop();
    this.end.abort(new BrowserGoneError(reason));
  }
}

async function connectTo({ transport }: ChromiumProcess): Promise<CDPSession> {
  const browser = await connect({ transport, defaultViewport: null, networkEnabled: false, issuesEnabled: false });
  return browser.target().createCDPSession();
}
