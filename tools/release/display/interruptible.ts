import { InterruptedError } from "../errors";
import { onSignals } from "./signals";

/** Runs work that Ctrl-C, SIGTERM and SIGHUP ask to end: it comes to an end in order, and fails. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stopListening = onSignals(() => {
    controller.abort();
  });
  try {
    return await work(controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? new InterruptedError() : error;
  } finally {
    stopListening();
  }
}
