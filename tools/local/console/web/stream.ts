import type { ConsoleView } from "../view";

export interface StreamHandlers {
  /** The stack as it is now. */
  readonly onView: (view: ConsoleView) => void;
  /** The stack runs, and cannot be looked at. */
  readonly onTrouble: (message: string) => void;
  /** The stream has ended: nothing lies between this page and the stack but this machine, so the stack is gone. */
  readonly onStopped: () => void;
}

/** How long a lost stream waits before it is asked for again. */
const pauseMs = 1000;

/**
 * Follows the stack, and again when the stream is lost. The browser's own reconnecting is not relied on: it ends for good
 * when a connection is refused.
 */
export function follow(handlers: StreamHandlers): void {
  const stream = new EventSource("/events");
  const stopped = (): void => {
    stream.close();
    handlers.onStopped();
    setTimeout(() => {
      follow(handlers);
    }, pauseMs);
  };
  stream.addEventListener("view", ({ data }: MessageEvent<string>) => {
    handlers.onView(JSON.parse(data) as ConsoleView);
  });
  stream.addEventListener("trouble", ({ data }: MessageEvent<string>) => {
    handlers.onTrouble((JSON.parse(data) as { readonly message: string }).message);
  });
  stream.addEventListener("end", stopped);
  stream.addEventListener("error", stopped);
}
