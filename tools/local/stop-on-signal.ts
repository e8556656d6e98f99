import type { Log } from "./log";

/** A second Ctrl-C counts only after this time: npm, tsx and the terminal may each deliver the first one. */
const secondSignalAfterMs = 700;

/**
 * The first signal stops everything in order; a second one ends this program, and with it, at once, all that it started.
 * @param stop stops what runs, and answers the exit code with which the program ends then
 * @returns aborted by the first signal
 */
export function stopOnSignal(say: Log, stop: () => Promise<number>): AbortSignal {
  const stopping = new AbortController();
  let first = 0;
  const stopInOrder = async (): Promise<void> => {
    say("stopping (once more to stop at once)");
    stopping.abort();
    const exitCode = await stop();
    say("stopped");
    process.exit(exitCode);
  };
  const onSignal = (): void => {
    if (!stopping.signal.aborted) {
      first = Date.now();
      void stopInOrder();
    } else if (Date.now() - first > secondSignalAfterMs) {
      process.exit(130);
    }
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal).on("SIGHUP", onSignal);
  return stopping.signal;
}
