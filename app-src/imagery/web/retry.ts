import { isPassing } from "./api";

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Repeats a request that failed for a passing reason, after pauses of about 0.5, 1, 2 and 4 seconds. Every request of the API
 * may be repeated without harm.
 * @param attempt gets the number of the attempt, from 0
 */
export async function withRetries<T>(attempt: (n: number) => Promise<T>): Promise<T> {
  for (let n = 0; ; n++) {
    try {
      return await attempt(n);
    } catch (error) {
      if (n === 4 || !isPassing(error)) throw error;
      await sleep(500 * 2 ** n * (0.75 + Math.random() / 2));
    }
  }
}
