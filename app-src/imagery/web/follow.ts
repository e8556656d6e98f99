import { getProcess, isPassing, type ImageProcess } from "./api";

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 5_000;

/**
 * Asks for the process until it is processed or failed, less and less often; at once when the page comes back into view.
 * @param onState is called after every answer
 * @param onTrouble is called when no answer comes; asking goes on
 */
export async function followProcess(
  id: string,
  onState: (process: ImageProcess) => void,
  onTrouble: () => void,
): Promise<ImageProcess> {
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.4, LONGEST_PAUSE)) {
    try {
      const process = await getProcess(id);
      onState(process);
      if (process.state === "processed" || process.state === "failed") return process;
    } catch (error) {
      if (!isPassing(error)) throw error;
      onTrouble();
    }
    await pauseOrReturn(pause);
  }
}

function pauseOrReturn(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    document.addEventListener("visibilitychange", done);
  });
}
