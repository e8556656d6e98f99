import { InterruptedError } from "../errors";

/** Runs work that Ctrl-C, SIGTERM and SIGHUP ask to end: it comes to an end in order, and fails. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = (): void => {
    controller.abort();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, interrupt);
  try {
    return await work(controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? new InterruptedError() : error;
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
  }
}
